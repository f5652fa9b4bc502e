package scrub

import (
	"weir/codecs/jsontext"
	"weir/processors/scrub/selector"
)

// ViewHierarchy scrubs the texts of a view hierarchy with the PII config and writes it as compact JSON (scrub 9.4). It
// returns the content itself, and false, when the project has no PII config or the content does not begin with JSON.
func (c *Compiled) ViewHierarchy(content []byte) ([]byte, bool) {
	if c.own == nil {
		return content, false
	}
	if _, err := jsontext.Skip(content, 0); err != nil {
		return content, false
	}
	t := newTranscoder(content, belowKey, c.own)
	t.value()
	t.release()
	return t.out, true
}

// belowKey reports whether a path has a key.
func belowKey(path []selector.Component) bool { return len(path) > 1 }
