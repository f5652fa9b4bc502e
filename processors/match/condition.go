package match

import (
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"

	"weir/codecs/project"
)

// Fields is what a condition looks at. A name that the item does not have is a missing value.
type Fields interface {
	Field(name string) Value
	// Elements calls visit with each element of an array field until visit returns false. It reports whether there is such an array.
	Elements(name string, visit func(Fields) bool) bool
}

// Condition is a compiled condition (filters 7). It is immutable; nil never matches.
type Condition struct {
	op         project.Op
	name       string
	inner      []*Condition
	value      Value // of eq, gt, gte, lt, lte; missing for null
	list       []Value
	isList     bool // value is an array
	never      bool // value is of a type that nothing equals
	ignoreCase bool
	globs      Globs
	networks   Networks
	comparator project.Op // of release: OpEq and the order operators, OpUnsupported
	release    Release
}

// CompileCondition prepares a condition for matching.
func CompileCondition(c *project.Condition) *Condition {
	if c == nil {
		return nil
	}
	k := &Condition{op: c.Op, name: c.Name, ignoreCase: c.IgnoreCase}
	for _, in := range c.Inner {
		k.inner = append(k.inner, CompileCondition(in))
	}
	switch c.Op {
	case project.OpEq, project.OpGt, project.OpGte, project.OpLt, project.OpLte:
		k.compileValue(c.Value)
	case project.OpGlob:
		k.globs = CompileGlobs(c.Texts)
	case project.OpCidr:
		k.networks = CompileNetworks(c.Texts)
	case project.OpRelease:
		k.comparator = comparators[c.Comparator]
		if c.Release != nil {
			k.release, _ = ParseRelease(*c.Release)
		}
	}
	return k
}

var comparators = map[string]project.Op{
	"eq": project.OpEq, "gt": project.OpGt, "gte": project.OpGte, "lt": project.OpLt, "lte": project.OpLte,
}

func (c *Condition) compileValue(raw json.RawMessage) {
	var list []json.RawMessage
	switch {
	case string(raw) == "null":
	case len(raw) > 0 && raw[0] == '[':
		c.isList = true
		if json.Unmarshal(raw, &list) != nil {
			return
		}
		for _, item := range list {
			if v, ok := c.scalar(item); ok && v.Kind == KindText {
				c.list = append(c.list, v)
			}
		}
	default:
		v, ok := c.scalar(raw)
		c.value, c.never = v, !ok
	}
}

// scalar reads a JSON string, number or boolean.
func (c *Condition) scalar(raw json.RawMessage) (Value, bool) {
	switch {
	case len(raw) == 0:
	case raw[0] == '"':
		var s string
		if json.Unmarshal(raw, &s) == nil {
			return Text(s), true
		}
	case string(raw) == "true", string(raw) == "false":
		return Bool(raw[0] == 't'), true
	case raw[0] == '-' || isDigit(raw[0]):
		return Number(string(raw)), true
	}
	return Value{}, false
}

// Number is the value of a JSON number as it is written: an integer if it has neither fraction nor exponent and fits 64 bits.
func Number(text string) Value {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && text != "-0" {
		return Int(n)
	}
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return Uint(n)
	}
	f, _ := strconv.ParseFloat(text, 64)
	return Float(f)
}

// Supported reports whether weir knows every part of the condition (filters 7.1).
func (c *Condition) Supported() bool {
	if c == nil || c.op == project.OpUnsupported || c.op == project.OpRelease && (c.comparator == project.OpUnsupported || !c.release.HasVersion) {
		return false
	}
	for _, in := range c.inner {
		if !in.Supported() {
			return false
		}
	}
	return true
}

// Match evaluates the condition.
func (c *Condition) Match(f Fields) bool {
	if c == nil {
		return false
	}
	switch c.op {
	case project.OpEq:
		v := f.Field(c.name)
		return c.equals(&v)
	case project.OpGt, project.OpGte, project.OpLt, project.OpLte:
		v := f.Field(c.name)
		d, ok := compare(&v, &c.value)
		return ok && ordered(c.op, d)
	case project.OpGlob:
		v := f.Field(c.name)
		return v.Kind == KindText && c.globs.Match(v.text)
	case project.OpCidr:
		a, ok := address(f.Field(c.name))
		return ok && c.networks.Contains(a)
	case project.OpRelease:
		v := f.Field(c.name)
		return v.Kind == KindText && c.matchRelease(v.text)
	case project.OpAnd:
		for _, in := range c.inner {
			if !in.Match(f) {
				return false
			}
		}
		return true
	case project.OpOr:
		for _, in := range c.inner {
			if in.Match(f) {
				return true
			}
		}
	case project.OpNot:
		return !c.inner[0].Match(f)
	case project.OpAny:
		found := false
		f.Elements(c.name, func(e Fields) bool {
			found = c.inner[0].Match(e)
			return !found
		})
		return found
	case project.OpAll:
		all := true
		return f.Elements(c.name, func(e Fields) bool {
			all = c.inner[0].Match(e)
			return all
		}) && all
	}
	return false
}

func ordered(op project.Op, d int) bool {
	switch op {
	case project.OpGt:
		return d > 0
	case project.OpGte:
		return d >= 0
	case project.OpLt:
		return d < 0
	case project.OpLte:
		return d <= 0
	}
	return d == 0
}

// equals is filters 7.2.
func (c *Condition) equals(v *Value) bool {
	switch {
	case c.never:
		return false
	case c.isList:
		for i := range c.list {
			if v.Kind == KindText && c.sameText(v.text, c.list[i].text) {
				return true
			}
		}
		return false
	case c.value.Kind == KindMissing:
		return v.Kind == KindMissing
	case c.value.Kind == KindBool:
		return v.Kind == KindBool && v.num == c.value.num
	case c.value.Kind != KindText:
		return false
	}
	switch v.Kind {
	case KindText:
		return c.sameText(v.text, c.value.text)
	case KindID:
		return strings.EqualFold(v.text, c.value.text)
	case KindAddr:
		a, ok := ParseAddr(c.value.text)
		return ok && a == v.addr
	}
	return false
}

func (c *Condition) sameText(a, b string) bool {
	if !c.ignoreCase || a == b {
		return a == b
	}
	return strings.EqualFold(a, b) || !(isASCII(a) && isASCII(b)) && cases.Fold().String(a) == cases.Fold().String(b)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func address(v Value) (netip.Addr, bool) {
	switch v.Kind {
	case KindAddr:
		return v.addr, true
	case KindText:
		return ParseAddr(v.text)
	}
	return netip.Addr{}, false
}

func (c *Condition) matchRelease(text string) bool {
	if c.comparator == project.OpUnsupported || !c.release.HasVersion {
		return false
	}
	r, ok := ParseRelease(text)
	if !ok || !r.HasVersion || c.release.Package != "" && r.Package != c.release.Package {
		return false
	}
	return ordered(c.comparator, r.Version.Compare(&c.release.Version))
}
