package scrub

import (
	"bytes"
	"encoding/json"
	"strconv"

	"weir/codecs/event"
	"weir/processors/scrub/selector"
)

// ViewHierarchy scrubs the texts of a view hierarchy with the PII config and writes it as compact JSON (scrub 9.4). It
// returns the content itself, and false, when the project has no PII config or the content is no JSON.
func (c *Compiled) ViewHierarchy(content []byte) ([]byte, bool) {
	if c.own == nil {
		return content, false
	}
	doc, err := event.Parse(content)
	if err != nil {
		return content, false
	}
	defer doc.Release()
	t := transcoder{walker: &walker{pass: c.own, doc: doc, path: []selector.Component{selector.Root(0)}}}
	t.in = json.NewDecoder(bytes.NewReader(content))
	t.in.UseNumber()
	if err := t.value(); err != nil {
		return content, false
	}
	return t.out, true
}

// transcoder copies JSON and offers every text below an object key to the rules of a pass. Keys are the path; positions
// in lists add nothing to it.
type transcoder struct {
	*walker
	in  *json.Decoder
	out []byte
}

func (t *transcoder) value() error {
	token, err := t.in.Token()
	if err != nil {
		return err
	}
	switch x := token.(type) {
	case json.Delim:
		return t.container(x)
	case string:
		t.out = event.AppendString(t.out, t.textOf(x))
	case json.Number:
		t.out = appendNumber(t.out, string(x))
	case bool:
		t.out = strconv.AppendBool(t.out, x)
	default:
		t.out = append(t.out, "null"...)
	}
	return nil
}

func (t *transcoder) container(open json.Delim) error {
	t.out = append(t.out, byte(open))
	for first := true; t.in.More(); first = false {
		if !first {
			t.out = append(t.out, ',')
		}
		if open == '{' {
			key, err := t.in.Token()
			if err != nil {
				return err
			}
			name, _ := key.(string)
			t.out = append(event.AppendString(t.out, name), ':')
			t.path = append(t.path, selector.Field(name, 0))
		}
		if err := t.value(); err != nil {
			return err
		}
		if open == '{' {
			t.path = t.path[:len(t.path)-1]
		}
	}
	_, err := t.in.Token()
	t.out = append(t.out, byte(open)+2) // ] is two behind [, } behind {
	return err
}

// textOf returns what the rules leave of a text: nothing if one deletes it.
func (t *transcoder) textOf(text string) string {
	if len(t.path) == 1 || !offered(text) {
		return text
	}
	top := &t.path[len(t.path)-1]
	top.Types = selector.String
	var thrownAway event.Meta
	s := &t.text
	*s = subject{pieces: s.pieces[:0], text: text, hasText: true, meta: &thrownAway}
	s.key, s.hasKey = top.LastKey()
	deleted := false
	for _, c := range t.pass.set.Candidates(selector.True, top) {
		if c.Matches(t.path) && t.apply(s, &t.pass.apps[c.At]) {
			deleted = true
			break
		}
	}
	top.Types = 0
	if deleted {
		return ""
	}
	return s.text
}

// appendNumber keeps integers as they are and writes everything else in the shortest form.
func appendNumber(dst []byte, literal string) []byte {
	if event.IsInteger(literal) && literal != "-0" {
		return append(dst, literal...)
	}
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return append(dst, literal...)
	}
	return event.AppendFloat(dst, f)
}
