package project

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"weir/codecs/jsontext"
)

// reader collects the first fault of a document; everything that is read after it yields zero values.
type reader struct{ err error }

// node is a place in the document, for error messages.
type node struct {
	r      *reader
	parent *node
	key    string
}

func (n *node) fail(format string, args ...any) {
	if n.r.err != nil {
		return
	}
	var keys []string
	for at := n; at != nil; at = at.parent {
		if at.key != "" {
			keys = append(keys, at.key)
		}
	}
	var b strings.Builder
	for i := len(keys) - 1; i >= 0; i-- {
		b.WriteString(keys[i])
		b.WriteString(": ")
	}
	n.r.err = fmt.Errorf(b.String()+format, args...)
}

// object is one JSON object; names are case-sensitive, the last of equal names counts.
type object struct {
	node
	members map[string]json.RawMessage
}

// nullable says whether null counts as absent or as a fault.
type nullable bool

const (
	notNull  nullable = false
	nullIsNo nullable = true
)

// parseRoot reads a whole text as one object.
func parseRoot(r *reader, b []byte) object {
	o := object{node: node{r: r}}
	rd := jsontext.NewReader(b, 0)
	for ok := rd.Object(); ok && rd.More(); {
		o.put(rd.Key(), rd.Value())
	}
	if err := rd.Err(); err != nil {
		o.fail("%w", err)
	} else if at := jsontext.SkipSpace(b, rd.Pos()); at != len(b) {
		o.fail("text behind the object at byte %d", at)
	}
	return o
}

func (o *object) put(key, value []byte) {
	if o.members == nil {
		o.members = make(map[string]json.RawMessage)
	}
	o.members[string(key)] = value
}

func (n *node) child(key string) node { return node{r: n.r, parent: n, key: key} }

func (n *node) asObject(key string, raw json.RawMessage) object {
	o := object{node: n.child(key)}
	if len(raw) == 0 || raw[0] != '{' {
		o.fail("expected an object, got %s", kind(raw))
		return o
	}
	rd := jsontext.NewReader(raw, 0)
	for ok := rd.Object(); ok && rd.More(); {
		o.put(rd.Key(), rd.Value())
	}
	if err := rd.Err(); err != nil {
		o.fail("%w", err)
	}
	return o
}

func (n *node) asList(key string, raw json.RawMessage) []json.RawMessage {
	c := n.child(key)
	if len(raw) == 0 || raw[0] != '[' {
		c.fail("expected an array, got %s", kind(raw))
		return nil
	}
	list := []json.RawMessage{}
	rd := jsontext.NewReader(raw, 0)
	for ok := rd.Array(); ok && rd.More(); {
		list = append(list, rd.Value())
	}
	if err := rd.Err(); err != nil {
		c.fail("%w", err)
	}
	return list
}

func (n *node) asText(key string, raw json.RawMessage) string {
	if len(raw) == 0 || raw[0] != '"' {
		c := n.child(key)
		c.fail("expected a string, got %s", kind(raw))
		return ""
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		c := n.child(key)
		c.fail("%w", err)
	}
	return s
}

// asUint takes a JSON integer without sign, fraction or exponent.
func (n *node) asUint(key string, raw json.RawMessage, bits int) uint64 {
	u, err := strconv.ParseUint(string(raw), 10, bits)
	if err != nil {
		c := n.child(key)
		c.fail("expected an unsigned %d-bit integer, got %.40s", bits, raw)
		return 0
	}
	return u
}

func (n *node) asFloat(key string, raw json.RawMessage) float64 {
	f, err := strconv.ParseFloat(string(raw), 64)
	if !isNumber(raw) || err != nil && !errors.Is(err, strconv.ErrRange) {
		c := n.child(key)
		c.fail("expected a number, got %s", kind(raw))
	}
	return f
}

// get returns a member that is there; null is absent or a fault.
func (o *object) get(key string, null nullable) (json.RawMessage, bool) {
	raw, ok := o.members[key]
	if !ok || o.r.err != nil {
		return nil, false
	}
	if string(raw) == "null" {
		if null == notNull {
			c := o.child(key)
			c.fail("null is not allowed")
		}
		return nil, false
	}
	return raw, true
}

// need reports a missing member.
func (o *object) need(key string) {
	if _, ok := o.members[key]; !ok {
		o.fail("missing member %q", key)
	}
}

func (o *object) text(key string, null nullable) (string, bool) {
	raw, ok := o.get(key, null)
	if !ok {
		return "", false
	}
	return o.asText(key, raw), o.r.err == nil
}

func (o *object) texts(key string) ([]string, bool) {
	raw, ok := o.get(key, notNull)
	if !ok {
		return nil, false
	}
	items := o.asList(key, raw)
	list := make([]string, 0, len(items))
	for _, it := range items {
		list = append(list, o.asText(key, it))
	}
	return list, o.r.err == nil
}

func (o *object) boolean(key string) bool {
	raw, ok := o.get(key, notNull)
	if !ok {
		return false
	}
	switch string(raw) {
	case "true":
		return true
	case "false":
		return false
	}
	c := o.child(key)
	c.fail("expected true or false, got %s", kind(raw))
	return false
}

func (o *object) uint(key string, bits int, null nullable) (uint64, bool) {
	raw, ok := o.get(key, null)
	if !ok {
		return 0, false
	}
	u := o.asUint(key, raw, bits)
	return u, o.r.err == nil
}

func (o *object) object(key string, null nullable) (object, bool) {
	raw, ok := o.get(key, null)
	if !ok {
		return object{}, false
	}
	return o.asObject(key, raw), o.r.err == nil
}

// section is object for one whose members all have defaults: an empty array counts as one without members, as the reference reads it.
func (o *object) section(key string, null nullable) (object, bool) {
	if raw, ok := o.get(key, null); ok {
		return o.asObject(key, section(raw)), o.r.err == nil
	}
	return object{}, false
}

// section is the text of a section.
func section(raw json.RawMessage) json.RawMessage {
	if len(raw) > 1 && raw[0] == '[' && jsontext.SkipSpace(raw, 1) == len(raw)-1 {
		return json.RawMessage("{}")
	}
	return raw
}

// needList is list for a member that must be there.
func (o *object) needList(key string) ([]json.RawMessage, bool) {
	o.need(key)
	return o.list(key, notNull)
}

func (o *object) list(key string, null nullable) ([]json.RawMessage, bool) {
	raw, ok := o.get(key, null)
	if !ok {
		return nil, false
	}
	list := o.asList(key, raw)
	return list, o.r.err == nil
}

// timestamp reads RFC 3339 in UTC; a blank instead of the T and lower-case letters are fine.
func (o *object) timestamp(key string, null nullable) (time.Time, bool) {
	s, ok := o.text(key, null)
	if !ok {
		return time.Time{}, false
	}
	up := strings.ToUpper(s)
	if len(up) > 10 && up[10] == ' ' {
		up = up[:10] + "T" + up[11:]
	}
	t, err := time.Parse(time.RFC3339Nano, up)
	if err != nil {
		c := o.child(key)
		c.fail("expected an RFC 3339 time, got %q", s)
		return time.Time{}, false
	}
	return t.UTC(), true
}

func isNumber(raw json.RawMessage) bool {
	return len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9')
}

func kind(raw json.RawMessage) string {
	switch {
	case len(raw) == 0:
		return "nothing"
	case raw[0] == '{':
		return "an object"
	case raw[0] == '[':
		return "an array"
	case raw[0] == '"':
		return "a string"
	case isNumber(raw):
		return "a number"
	}
	return string(raw)
}
