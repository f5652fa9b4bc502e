package span

import (
	"strconv"
	"strings"

	"weir/codecs/event"
	"weir/codecs/record"
)

// Segment is what a child span takes from its transaction instead of having it itself (items 16.3). Missing values are nil.
type Segment struct {
	ID, Platform, ProfileID *event.Value
	Origin                  *event.Value // for spans without one
	ClientRate, ServerRate  float64      // sample rates; 0: none
	IsSegment, IsRemote     bool
}

// Converter makes spans of version 2 in one document. The zero value is not usable.
type Converter struct {
	d     *event.Doc
	types [len(typeNames)]*event.Value
	list  []event.Member // attributes so far, the first of a name wins
	buf   []byte
}

const (
	typeString = iota
	typeInteger
	typeDouble
	typeBoolean
)

var typeNames = [...]string{typeString: record.TypeString, typeInteger: record.TypeInteger, typeDouble: record.TypeDouble, typeBoolean: record.TypeBoolean}

// NewConverter returns a converter for spans of d. It must not be used after d is released.
func NewConverter(d *event.Doc) *Converter {
	c := &Converter{d: d}
	for i, name := range typeNames {
		c.types[i] = d.NewString(name)
	}
	return c
}

// The members of version 1 that become attributes whatever the data say.
var moved = [...]struct{ member, attribute string }{
	{"op", AttrOp}, {"segment_id", AttrSegmentID}, {"description", AttrDescription}, {"origin", AttrOrigin}, {"profile_id", "sentry.profile_id"}, {"platform", "sentry.platform"},
}

// Convert returns v1, which has the types of the event schema, as a span of version 2 with the attributes in order of their names (items
// 13.1). The name is that of attribute sentry.name, else missing. seg is nil for spans that came alone; those of a transaction get an inferred
// name and say where they came from.
func (c *Converter) Convert(v1 *event.Value, seg *Segment) *event.Value {
	d := c.d
	c.list = c.list[:0]
	remote, isRemote := v1.Get("is_remote").Bool()
	segment := v1.Get("is_segment")
	if seg != nil {
		remote, isRemote, segment = seg.IsRemote, true, d.NewBool(seg.IsSegment)
	} else if segment.IsNull() && segment.Meta().IsEmpty() && remote {
		segment = d.NewBool(true)
	}
	c.overwriting(v1, seg)
	if isRemote {
		c.add("sentry.is_remote", typeBoolean, d.NewBool(remote))
	}
	if kind := v1.Get("kind"); kind.Kind() == event.String {
		c.scalar("sentry.kind", kind, kind.Meta())
	}
	for _, m := range v1.Get("data").Members() {
		c.data(m.Key, m.Value)
	}
	c.measurements(v1, seg)
	for _, m := range v1.Get("tags").Members() {
		if m.Value.Text() != "" || seg == nil && m.Value.Kind() == event.String {
			c.scalar(m.Key, m.Value, m.Value.Meta())
		}
	}
	c.tags(v1.Get("sentry_tags"), seg != nil)
	if seg != nil {
		c.add(AttrIngress, typeString, d.NewString(IngressLegacy))
		c.add(AttrPipeline, typeString, d.NewString(PipelineTransaction))
	}

	out := d.NewObject(10)
	kids := out.Members()
	put := func(key string, v *event.Value) {
		if v != nil && !(v.IsNull() && v.Meta().IsEmpty()) {
			kids = append(kids, event.Member{Key: key, Value: v})
		}
	}
	attributes, name := c.finish()
	if data := v1.Get("data"); seg == nil || !data.IsNull() {
		attributes.SetMeta(data.Meta())
	}
	if name == nil && seg != nil {
		if text, ok := InferName(&record.Attributes{Doc: d, Map: attributes}); ok {
			name = d.NewString(text)
		}
	}
	put("trace_id", c.copy(v1.Get("trace_id")))
	put("parent_span_id", c.copy(v1.Get("parent_span_id")))
	put("span_id", c.copy(v1.Get("span_id")))
	put("name", name)
	put("status", status(d, v1.Get("status"), seg != nil && seg.IsSegment))
	put("is_segment", segment)
	put("start_timestamp", c.copy(v1.Get("start_timestamp")))
	put("end_timestamp", c.copy(v1.Get("timestamp")))
	put("links", c.links(v1.Get("links")))
	put("attributes", attributes)
	out.SetMembers(kids)
	return out
}

// overwriting adds the members that win over data of the same name.
func (c *Converter) overwriting(v1 *event.Value, seg *Segment) {
	if v := v1.Get("exclusive_time"); !absent(v) {
		c.number("sentry.exclusive_time", v)
	}
	for _, m := range moved {
		v := v1.Get(m.member)
		if seg != nil {
			switch m.member {
			case "segment_id":
				v = seg.ID
			case "platform":
				v = seg.Platform
			case "profile_id":
				v = seg.ProfileID
			case "origin":
				if v.IsNull() && !seg.IsSegment { // also one that was refused
					v = seg.Origin
				}
			}
		}
		if v.IsNull() && !absent(v) {
			c.add(m.attribute, typeString, c.d.Copy(v)) // it was removed
			continue
		}
		c.text(m.attribute, v)
	}
}

// measurements adds values under the names that attributes have for them.
func (c *Converter) measurements(v1 *event.Value, seg *Segment) {
	if seg != nil {
		if seg.ClientRate > 0 {
			c.add(AttrClientRate, typeDouble, c.d.NewFloat(seg.ClientRate))
		}
		if seg.ServerRate > 0 {
			c.add(AttrServerRate, typeDouble, c.d.NewFloat(seg.ServerRate))
		}
	}
	for _, m := range v1.Get("measurements").Members() {
		name := m.Key
		switch attribute, ok := record.MeasurementName(name); {
		case ok:
			name = attribute
		case name == "client_sample_rate" || name == "server_sample_rate":
			name = "sentry." + name
		}
		switch v := m.Value.Get("value"); {
		case !absent(v):
			c.number(name, v)
		case m.Value.IsNull() && !absent(m.Value): // it was no measurement
			x := c.d.NewNull()
			x.SetMeta(m.Value.Meta())
			c.add(name, typeDouble, x)
		}
	}
}

// tags adds what is known about the span and its segment; checked leaves out what no consumer reads.
func (c *Converter) tags(tags *event.Value, checked bool) {
	for _, m := range tags.Members() {
		removed := m.Value.IsNull() && !absent(m.Value)
		emptied := m.Value.Kind() == event.String && !m.Value.Meta().IsEmpty()
		if !removed && !emptied && (m.Value.Text() == "" || checked && !isUsefulTag(m.Key, m.Value.Text())) {
			continue
		}
		known, ok := tagNames[m.Key]
		if !ok {
			known = tagName{sentry: "sentry." + m.Key}
		}
		if removed {
			c.null(known.sentry, m.Value.Meta())
			if known.plain != "" {
				c.null(known.plain, m.Value.Meta())
			}
			continue
		}
		c.scalar(known.sentry, m.Value, m.Value.Meta())
		if known.plain != "" {
			c.scalar(known.plain, m.Value, m.Value.Meta())
		}
	}
}

// isUsefulTag: groups are up to 16 hexadecimal digits, status codes numbers of 16 bits, and no tag is empty.
func isUsefulTag(name, text string) bool {
	switch name {
	case "group":
		return len(text) <= 16 && len(text) > 0 && strings.Trim(text, "0123456789abcdefABCDEF") == ""
	case "status_code":
		_, err := strconv.ParseUint(text, 10, 16)
		return err == nil
	}
	return text != ""
}

// links gives the attributes of links types.
func (c *Converter) links(v *event.Value) *event.Value {
	if absent(v) {
		return nil
	}
	out := c.d.Copy(v)
	for _, m := range out.Members() {
		attributes := m.Value.Get("attributes")
		if attributes.Kind() != event.Object {
			continue
		}
		c.list = c.list[:0]
		for _, a := range attributes.Members() {
			switch v := a.Value; {
			case v.IsNull():
				c.null(a.Key, v.Meta())
			case v.Kind() == event.String:
				c.scalar(a.Key, v, v.Meta())
			default:
				c.data(a.Key, v)
			}
		}
		kids, _ := c.finish()
		attributes.SetMembers(kids.Members())
	}
	return out
}

// status knows only whether the span failed. What was wrong with the status of a transaction stays beside that of its segment.
func status(d *event.Doc, v *event.Value, segment bool) *event.Value {
	text := "error"
	if s := v.Text(); v.IsNull() || s == "ok" {
		text = "ok"
	}
	out := d.NewString(text)
	if segment {
		d.MergeMeta(out, v.Meta())
	}
	return out
}
