package metric

import (
	"errors"
	"math"
	"slices"
	"strings"

	"weir/codecs/jsontext"
)

// ErrBuckets says that a text is no list of buckets.
var ErrBuckets = errors.New("metric buckets: expected a list of objects")

// Parse reads the list of a metric_buckets item (items 17): `[{"timestamp", "width", "name", "type", "value", "tags"}]`. raw is the text of each
// bucket that could be read; others, and those of kinds that weir does not know, are left out. The error is about the list itself.
func Parse(b []byte) (buckets []Bucket, raw [][]byte, err error) {
	r := jsontext.NewReader(b, 0)
	for ok := r.Array(); ok && r.More(); {
		text := r.Value()
		if text == nil {
			break
		}
		if bucket, ok := parseBucket(text); ok {
			buckets, raw = append(buckets, bucket), append(raw, text)
		}
	}
	if r.Err() != nil || jsontext.SkipSpace(b, r.Pos()) != len(b) {
		return nil, nil, ErrBuckets
	}
	return buckets, raw, nil
}

func parseBucket(text []byte) (b Bucket, ok bool) {
	var value, kind []byte
	timed := false
	r := jsontext.NewReader(text, 0)
	for ok := r.Object(); ok && r.More(); {
		key, v := string(r.Key()), r.Value()
		switch key {
		case "timestamp":
			n, ok := jsontext.Uint(v)
			if !ok || n > math.MaxInt64/2 {
				return b, false
			}
			b.Timestamp, timed = int64(n), true
		case "name":
			if b.Name, ok = jsontext.String(v); !ok {
				return b, false
			}
		case "type":
			if kind, ok = jsontext.Text(v); !ok {
				return b, false
			}
		case "value":
			value = v
		case "tags":
			if b.Tags, ok = parseTags(v); !ok {
				return b, false
			}
		}
	}
	if r.Err() != nil || !timed || value == nil || len(kind) != 1 {
		return b, false
	}
	b.Kind = Kind(kind[0])
	if b.Name, ok = fullName(b.Name, b.Kind); !ok {
		return b, false
	}
	switch b.Kind {
	case Counter:
		b.Value, ok = jsontext.Float(value)
		return b, ok
	case Set:
		return b, b.members(value)
	}
	return b, false
}

// fullName is `<kind>:<namespace>/<name>@<unit>`; the unit may be missing and is none then.
func fullName(name string, k Kind) (string, bool) {
	rest, ok := strings.CutPrefix(name, string(rune(k))+":")
	ns, short, named := strings.Cut(rest, "/")
	if !ok || !named || ns == "" || short == "" {
		return name, false
	}
	if !strings.Contains(short, "@") {
		name += "@none"
	}
	return name, true
}

// members reads the list of a set.
func (b *Bucket) members(raw []byte) bool {
	r := jsontext.NewReader(raw, 0)
	for ok := r.Array(); ok && r.More(); {
		n, ok := jsontext.Uint(r.Value())
		if !ok || n > math.MaxUint32 {
			return false
		}
		b.Members = append(b.Members, uint32(n))
	}
	return r.Err() == nil
}

// parseTags reads an object of texts; a tag without a value is none.
func parseTags(raw []byte) ([]Tag, bool) {
	var tags []Tag
	r := jsontext.NewReader(raw, 0)
	for ok := r.Object(); ok && r.More(); {
		key, v := string(r.Key()), r.Value()
		if jsontext.IsNull(v) {
			continue
		}
		text, ok := jsontext.String(v)
		if !ok {
			return nil, false
		}
		if i := slices.IndexFunc(tags, func(t Tag) bool { return t.Name == key }); i >= 0 {
			tags[i].Value = text
			continue
		}
		tags = append(tags, Tag{key, text})
	}
	return tags, r.Err() == nil
}

// Tag returns the value of a tag, empty when there is none.
func (b *Bucket) Tag(name string) string {
	for i := range b.Tags {
		if b.Tags[i].Name == name {
			return b.Tags[i].Value
		}
	}
	return ""
}
