package traceitem

import (
	"encoding/binary"
	"slices"
	"strings"

	"weir/codecs/event"
	"weir/codecs/record"
)

// attribute is one entry of the map.
type attribute struct {
	name string
	value
}

// Builder gathers the attributes of one item after the other. The zero value is ready.
type Builder struct {
	list []attribute
	doc  *event.Doc
}

// Reset begins a new item whose texts belong to d.
func (b *Builder) Reset(d *event.Doc) { b.list, b.doc = b.list[:0], d }

// Text adds an attribute; of several with one name the last one counts.
func (b *Builder) Text(name, text string) {
	b.list = append(b.list, attribute{name, textValue(text)})
}

// Int adds an attribute.
func (b *Builder) Int(name string, n int64) {
	b.list = append(b.list, attribute{name, intValue(n)})
}

// Double adds an attribute.
func (b *Builder) Double(name string, f float64) {
	b.list = append(b.list, attribute{name, doubleValue(f)})
}

// Bool adds an attribute.
func (b *Builder) Bool(name string, x bool) {
	b.list = append(b.list, attribute{name, boolValue(x)})
}

// Value adds an attribute by its JSON; what has no form is left out.
func (b *Builder) Value(name string, v *event.Value) {
	if x := valueOf(v); !x.isEmpty() {
		b.list = append(b.list, attribute{name, x})
	}
}

const (
	metaPrefix     = "sentry._meta.fields."
	metaAttributes = metaPrefix + "attributes"
)

// Record adds what a member has beside its fields: metadata of fields and attributes, then the attributes (items 3.11).
func (b *Builder) Record(v *event.Value) {
	attributes := v.Get("attributes")
	if b.doc.HasMeta() {
		for _, m := range v.Members() {
			if m.Value != attributes {
				b.meta(m.Value, metaPrefix, m.Key)
			}
		}
		if !attributes.Meta().IsEmpty() {
			shell := b.doc.NewNull()
			shell.SetMeta(attributes.Meta())
			b.meta(shell, metaAttributes, "")
		}
		for _, m := range attributes.Members() {
			b.attributeMeta(m.Value, m.Key)
		}
	}
	for _, m := range attributes.Members() {
		b.Value(m.Key, m.Value.Get("value"))
	}
}

// meta adds the metadata of a node and what is below it, if there are any.
func (b *Builder) meta(v *event.Value, prefix, name string) {
	text, ok := b.doc.AppendMeta([]byte(`{"meta":`), v)
	if ok {
		b.Text(b.doc.Concat(prefix, name), b.doc.Intern(append(text, '}')))
	}
}

// attributeMeta adds the metadata of an attribute. What else it says than its type and value is not written, so neither are their metadata.
func (b *Builder) attributeMeta(a *event.Value, name string) {
	if a.Kind() == event.Object && a.Len() > 2 {
		known := b.doc.NewObject(2)
		known.SetMeta(a.Meta())
		for _, m := range a.Members() {
			if m.Key == "type" || m.Key == "value" {
				known.SetMembers(append(known.Members(), m))
			}
		}
		a = known
	}
	b.meta(a, metaAttributes+".", name)
}

// Fields adds the attributes that fields of logs and metrics become.
func (b *Builder) Fields(v *event.Value, size uint64) {
	if t, ok := record.Time(v.Get("timestamp")); ok {
		b.Int("sentry.timestamp_precise", t.UnixNano())
	}
	if span := v.Get("span_id").Text(); span != "" {
		b.Text("sentry.span_id", span)
	}
	b.Int("sentry.payload_size_bytes", int64(size))
}

// sort brings the attributes in order and keeps the last of each name.
func (b *Builder) sort() {
	slices.SortStableFunc(b.list, func(x, y attribute) int { return strings.Compare(x.name, y.name) })
	out := 0
	for i := range b.list {
		if i+1 < len(b.list) && b.list[i+1].name == b.list[i].name {
			continue
		}
		b.list[out] = b.list[i]
		out++
	}
	b.list = b.list[:out]
}

// AppendMessage appends the item with the gathered attributes.
func (b *Builder) AppendMessage(dst []byte, it *Item) []byte {
	b.sort()
	dst = appendUint(dst, 1, uint64(it.Org))
	dst = appendUint(dst, 2, uint64(it.Project))
	dst = appendText(dst, 3, it.TraceID)
	dst = append(tag(dst, 4, wireBytes), byte(len(it.ID)))
	for i := len(it.ID) - 1; i >= 0; i-- {
		dst = append(dst, it.ID[i])
	}
	dst = appendUint(dst, 5, uint64(it.Type))
	dst = appendTime(dst, 6, it.Timestamp)
	for i := range b.list {
		a := &b.list[i]
		n := a.size()
		dst = binary.AppendUvarint(tag(dst, 7, wireBytes), uint64(2+sized(len(a.name))+sized(n)))
		dst = binary.AppendUvarint(tag(dst, 1, wireBytes), uint64(len(a.name)))
		dst = append(dst, a.name...)
		dst = binary.AppendUvarint(tag(dst, 2, wireBytes), uint64(n))
		dst = a.appendTo(dst)
	}
	dst = appendDouble(dst, 8, it.ClientRate)
	dst = appendDouble(dst, 9, 1)
	dst = appendUint(dst, 100, uint64(it.Retention.Standard))
	dst = appendTime(dst, 101, it.Received)
	dst = appendUint(dst, 102, uint64(it.Retention.Downsampled))
	if it.Counts == nil {
		return dst
	}
	n := 0
	for _, q := range it.Counts {
		n += 1 + sized(1+varint(uint64(q.Category))+1+varint(q.N))
	}
	if it.Key != 0 {
		n += 1 + varint(uint64(it.Key))
	}
	dst = binary.AppendUvarint(tag(dst, 110, wireBytes), uint64(n))
	for _, q := range it.Counts {
		dst = binary.AppendUvarint(tag(dst, 1, wireBytes), uint64(2+varint(uint64(q.Category))+varint(q.N)))
		dst = binary.AppendUvarint(tag(dst, 1, wireVarint), uint64(q.Category))
		dst = binary.AppendUvarint(tag(dst, 2, wireVarint), q.N)
	}
	return appendUint(dst, 2, uint64(it.Key))
}
