package normalize

import (
	"weir/codecs/event"
	"weir/codecs/span"
)

// LegacySpan reads an item that is a span of version 1, in the types that spans of transactions have, and returns it as a span of version 2 (items
// 13.1). An error means outcome reason invalid_json.
func LegacySpan(payload []byte) (*event.Doc, *event.Value, error) {
	d, err := event.Parse(payload)
	if err != nil {
		return nil, nil, err
	}
	r := &run{schema: theSchema(), d: d, in: &Inputs{}}
	r.coerce(d.Root, r.spanNode())
	return d, span.NewConverter(d).Convert(d.Root, nil), nil
}

// spanNode is the schema of a span of version 1.
func (s *schema) spanNode() *node {
	f, _ := s.event.st.keys.find("spans")
	return s.event.st.fields[f].elem
}

// HostOf is the host of a URL; false when the text is none or has no host.
func HostOf(url string) (string, bool) {
	u, ok := parseURL(url)
	return u.host, ok && u.host != ""
}
