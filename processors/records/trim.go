package records

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"weir/codecs/event"
	"weir/codecs/record"
)

const (
	ruleTrimmed = "trimmed"
	ruleLimit   = "!limit"
	ellipsis    = "..."
)

// trim cuts a span to maxSize bytes: attributes from small to large until nothing is left (items 12.4). names bounds what the names of
// attributes without a value take.
func trim(d *event.Doc, v *event.Value, maxSize uint64, names int) {
	attributes := v.Get("attributes")
	if attributes.Kind() != event.Object {
		return
	}
	left := int64(maxSize) - int64(fixedSize(v))
	if left <= 0 {
		nullWith(d, attributes, ruleTrimmed)
		return
	}
	type entry struct {
		event.Member
		size int
	}
	list := make([]entry, 0, attributes.Len())
	before := 0
	for _, m := range attributes.Members() {
		size := len(m.Key) + record.ValueSize(m.Value)
		before += size
		list = append(list, entry{m, size})
	}
	slices.SortStableFunc(list, func(a, b entry) int {
		if x, y := a.Value.IsNull(), b.Value.IsNull(); x != y {
			if x {
				return -1
			}
			return 1
		}
		return cmp.Or(a.size-b.size, strings.Compare(a.Key, b.Key))
	})
	full := false
	kept := d.NewMembers(len(list))
	after := 0
	for _, e := range list {
		if !e.Value.IsNull() {
			key := int64(len(e.Key))
			full = full || left < key
			if !full {
				left -= key
				left -= int64(cut(d, e.Value.Get("value"), left))
				after += len(e.Key) + record.ValueSize(e.Value)
				kept = append(kept, e.Member)
				continue
			}
			nullWith(d, e.Value, ruleTrimmed)
		}
		if names < len(e.Key) {
			continue
		}
		names -= len(e.Key)
		after += len(e.Key)
		kept = append(kept, e.Member)
	}
	for _, m := range v.Members() {
		if !record.Span.IsField(m.Key) {
			left -= int64(cut(d, m.Value, max(left, 0)))
		}
	}
	event.SortMembers(kept)
	attributes.SetMembers(kept)
	if after != before {
		d.MetaOf(attributes).SetLen(before)
	}
}

// cut shortens a text, or those of an array, to the bytes that are left and returns what the value takes.
func cut(d *event.Doc, v *event.Value, left int64) int {
	text, ok := v.Str()
	if v.Kind() == event.Array {
		taken := 0
		for _, m := range v.Members() {
			if left <= 0 {
				nullWith(d, m.Value, ruleTrimmed)
				continue
			}
			n := cut(d, m.Value, left)
			left -= int64(n)
			taken += n
		}
		return taken
	}
	if !ok || int64(len(text)) <= left {
		return record.JSONSize(v)
	}
	end := max(int(left)-len(ellipsis), 0)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	d.MetaOf(v).SetLen(len(text))
	v.SetString(d.Concat(text[:end], ellipsis))
	d.AddRemark(v, event.Remark{Rule: ruleLimit, Type: 's', Start: end, End: end + len(ellipsis), HasRange: true})
	return int(left)
}

// fixedSize is what the fields take that are never cut; ids, times and the status are free.
func fixedSize(v *event.Value) int {
	n := len(v.Get("name").Text()) + record.JSONSize(v.Get("is_segment"))
	for _, m := range v.Get("links").Members() {
		n += record.JSONSize(m.Value.Get("sampled")) + record.AttributesSize(m.Value.Get("attributes"))
	}
	return n
}
