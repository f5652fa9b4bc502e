package project

import (
	"encoding/json"
	"fmt"

	"weir/codecs/jsontext"
	"weir/codecs/pattern"
)

// Op is the operator of a condition (filters 7.1).
type Op uint8

// The operators. Every other text is OpUnsupported, which never matches.
const (
	OpUnsupported Op = iota
	OpEq
	OpGt
	OpGte
	OpLt
	OpLte
	OpGlob
	OpCidr
	OpRelease
	OpAnd
	OpOr
	OpNot
	OpAny
	OpAll
)

// AllOps lists the operators.
var AllOps = []Op{OpUnsupported, OpEq, OpGt, OpGte, OpLt, OpLte, OpGlob, OpCidr, OpRelease, OpAnd, OpOr, OpNot, OpAny, OpAll}

var opNames = [...]string{"unsupported", "eq", "gt", "gte", "lt", "lte", "glob", "cidr", "release", "and", "or", "not", "any", "all"}

func (op Op) String() string { return opNames[op] }

func parseOp(s string) Op {
	for i, name := range opNames {
		if name == s {
			return Op(i)
		}
	}
	return OpUnsupported
}

// Condition is a condition as it stands in a config, checked for its form; processors/match compiles it.
type Condition struct {
	Op         Op
	Name       string          // of the field; not of and, or, not
	Value      json.RawMessage // of eq, gt, gte, lt, lte
	IgnoreCase bool            // of eq
	Texts      []string        // patterns of glob in normalised form, entries of cidr
	Comparator string          // of release: eq, gt, gte, lt, lte or another text, which is unsupported
	Release    *string         // of release
	Inner      []*Condition    // of and and or; exactly one of not, any and all
}

// ParseCondition reads a condition. Unknown operators are no error; members that are missing or of a wrong type are (filters 7.1).
func ParseCondition(raw json.RawMessage) (*Condition, error) {
	r := &reader{}
	if !jsontext.Valid(raw) {
		return nil, fmt.Errorf("parse condition: no JSON")
	}
	n := node{r: r}
	c := parseCondition(&n, "condition", raw)
	if r.err != nil {
		return nil, fmt.Errorf("parse condition: %w", r.err)
	}
	return c, nil
}

func parseCondition(n *node, key string, raw json.RawMessage) *Condition {
	o := n.asObject(key, raw)
	o.need("op")
	op, ok := o.text("op", notNull)
	if !ok {
		return nil
	}
	c := &Condition{Op: parseOp(op)}
	switch c.Op {
	case OpUnsupported:
		return c
	case OpAnd, OpOr:
		list, _ := o.needList("inner")
		for _, raw := range list {
			c.Inner = append(c.Inner, parseCondition(&o.node, "inner", raw))
		}
		return c
	case OpNot:
		c.Inner = parseInner(&o)
		return c
	}
	o.need("name")
	c.Name, _ = o.text("name", notNull)
	switch c.Op {
	case OpEq:
		if options, ok := o.object("options", notNull); ok {
			c.IgnoreCase = options.boolean("ignoreCase")
		}
		fallthrough
	case OpGt, OpGte, OpLt, OpLte:
		o.need("value")
		c.Value = o.members["value"]
	case OpGlob:
		o.need("value")
		list, _ := o.texts("value")
		c.Texts = normalPatterns(list)
	case OpCidr:
		o.need("value")
		c.Texts, _ = o.texts("value")
	case OpRelease:
		o.need("comparator")
		c.Comparator, _ = o.text("comparator", notNull)
		if s, ok := o.text("value", nullIsNo); ok {
			c.Release = &s
		}
	case OpAny, OpAll:
		c.Inner = parseInner(&o)
	}
	return c
}

func parseInner(o *object) []*Condition {
	o.need("inner")
	raw, ok := o.get("inner", notNull)
	if !ok {
		return nil
	}
	return []*Condition{parseCondition(&o.node, "inner", raw)}
}

// normalPatterns brings patterns into normalised form and leaves out what is none (filters 2).
func normalPatterns(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		if p, err := pattern.Parse(s, true); err == nil {
			out = append(out, p.String())
		}
	}
	return out
}

// AppendTo appends the condition as JSON; unsupported ones lose everything but their operator.
func (c *Condition) AppendTo(dst []byte) []byte {
	w := writer{dst}
	w.open()
	w.text("op", c.Op.String())
	if c.Op >= OpEq && c.Op <= OpRelease || c.Op >= OpAny {
		w.text("name", c.Name)
	}
	switch c.Op {
	case OpEq, OpGt, OpGte, OpLt, OpLte:
		w.raw("value", c.Value)
		if c.IgnoreCase {
			w.raw("options", []byte(`{"ignoreCase":true}`))
		}
	case OpGlob, OpCidr:
		w.texts("value", c.Texts)
	case OpRelease:
		w.text("comparator", c.Comparator)
		if c.Release != nil {
			w.text("value", *c.Release)
		} else {
			w.null("value")
		}
	case OpAnd, OpOr:
		w.key("inner")
		w.b = append(w.b, '[')
		for i, in := range c.Inner {
			if i > 0 {
				w.b = append(w.b, ',')
			}
			w.b = in.AppendTo(w.b)
		}
		w.b = append(w.b, ']')
	case OpNot, OpAny, OpAll:
		w.key("inner")
		w.b = c.Inner[0].AppendTo(w.b)
	}
	w.close()
	return w.b
}
