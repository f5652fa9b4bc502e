package match

import (
	"math"
	"net/netip"
	"strings"
)

// ValueKind is the type of a Value.
type ValueKind uint8

// The kinds of values; the zero value is a missing field.
const (
	KindMissing ValueKind = iota
	KindText
	KindBool
	KindInt
	KindUint // above the range of KindInt
	KindFloat
	KindID    // a UUID or span id
	KindAddr  // an IP address
	KindOther // a list or an object: there, but equal to nothing
)

// Value is what a field holds for conditions (filters 7.5).
type Value struct {
	Kind  ValueKind
	text  string
	num   uint64 // of KindInt and KindUint, and 1 for true
	float float64
	addr  netip.Addr
}

// Text is a string field.
func Text(s string) Value { return Value{Kind: KindText, text: s} }

// Bool is a boolean field.
func Bool(b bool) Value {
	if b {
		return Value{Kind: KindBool, num: 1}
	}
	return Value{Kind: KindBool}
}

// Int is an integer field.
func Int(n int64) Value { return Value{Kind: KindInt, num: uint64(n)} }

// Uint is an unsigned integer field.
func Uint(n uint64) Value {
	if n>>63 == 0 {
		return Int(int64(n))
	}
	return Value{Kind: KindUint, num: n}
}

// Float is a floating point field; it never counts as an integer.
func Float(f float64) Value { return Value{Kind: KindFloat, float: f} }

// ID is an id in any of its forms.
func ID(s string) Value { return Value{Kind: KindID, text: strings.ReplaceAll(s, "-", "")} }

// Addr is an IP address.
func Addr(a netip.Addr) Value { return Value{Kind: KindAddr, addr: a} }

// Other is a field that is there and fits no condition.
func Other() Value { return Value{Kind: KindOther} }

// NonEmpty is a string field whose empty text counts as missing.
func NonEmpty(s string) Value {
	if s == "" {
		return Value{}
	}
	return Text(s)
}

func (v *Value) asFloat() (float64, bool) {
	switch v.Kind {
	case KindFloat:
		return v.float, true
	case KindInt:
		return float64(int64(v.num)), true
	case KindUint:
		return float64(v.num), true
	}
	return 0, false
}

// compare orders two values of one type (filters 7.3); false when they are none.
func compare(a, b *Value) (int, bool) {
	if a.Kind == KindText && b.Kind == KindText {
		return strings.Compare(a.text, b.text), true
	}
	if a.Kind == KindInt && b.Kind == KindInt {
		return cmp(int64(a.num), int64(b.num)), true
	}
	if unsigned(a) && unsigned(b) {
		return cmp(a.num, b.num), true
	}
	x, ok := a.asFloat()
	y, ok2 := b.asFloat()
	if !ok || !ok2 || math.IsNaN(x) || math.IsNaN(y) {
		return 0, false
	}
	return cmp(x, y), true
}

// unsigned says that a value is an integer of the unsigned range.
func unsigned(v *Value) bool { return v.Kind == KindUint || v.Kind == KindInt && int64(v.num) >= 0 }

func cmp[T int64 | uint64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
