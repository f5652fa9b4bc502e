package scrub

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// MarshalJSON writes the config in canonical form (scrub 2): empty members are left out, selectors are canonical, and
// redactions and groups are always there.
func (c *config) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	o := objectWriter{b: &b}
	o.open()
	if len(c.rules) > 0 {
		o.key("rules")
		rules := objectWriter{b: &b}
		rules.open()
		for _, id := range slices.Sorted(maps.Keys(c.rules)) {
			rules.key(id)
			c.rules[id].write(&b)
		}
		rules.close()
	}
	if c.hashKey != nil {
		o.key("vars")
		o.raw(`{"hashKey":`)
		o.value(*c.hashKey)
		o.raw(`}`)
	}
	if len(c.applications) > 0 {
		o.key("applications")
		apps := objectWriter{b: &b}
		apps.open()
		for _, a := range c.applications {
			apps.key(a.selector.String())
			apps.value(append([]string{}, a.rules...))
		}
		apps.close()
	}
	o.close()
	return b.Bytes(), o.err
}

func (r *rule) write(b *bytes.Buffer) {
	o := objectWriter{b: b}
	o.open()
	o.member("type", kindNames[r.kind])
	switch r.kind {
	case kindPattern:
		groups := make([]int, len(r.groups)) // not bytes: those are written as base64
		for i, g := range r.groups {
			groups[i] = int(g)
		}
		o.member("pattern", r.pattern)
		o.member("replaceGroups", groups)
	case kindRedactPair:
		o.member("keyPattern", r.pattern)
	case kindMultiple:
		o.member("rules", append([]string{}, r.rules...))
		o.member("hideInner", r.hideInner)
	case kindAlias:
		o.member("rule", r.rules[0])
		o.member("hideInner", r.hideInner)
	}
	o.key("redaction")
	red := objectWriter{b: b}
	red.open()
	if r.redaction.method == methodUnknown {
		red.member("method", r.redaction.text)
	} else {
		red.member("method", methodNames[r.redaction.method])
	}
	if r.redaction.method == methodReplace {
		red.member("text", r.redaction.text)
	}
	red.close()
	o.close()
}

// objectWriter writes one JSON object with its members in the given order.
type objectWriter struct {
	b   *bytes.Buffer
	n   int
	err error
}

func (o *objectWriter) open()        { o.b.WriteByte('{') }
func (o *objectWriter) close()       { o.b.WriteByte('}') }
func (o *objectWriter) raw(s string) { o.b.WriteString(s) }

func (o *objectWriter) key(k string) {
	if o.n++; o.n > 1 {
		o.b.WriteByte(',')
	}
	o.value(k)
	o.b.WriteByte(':')
}

func (o *objectWriter) member(k string, v any) {
	o.key(k)
	o.value(v)
}

func (o *objectWriter) value(v any) {
	e := json.NewEncoder(o.b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		o.err = err
		return
	}
	o.b.Truncate(o.b.Len() - 1) // the newline
}
