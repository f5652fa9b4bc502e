package traceitem

import (
	"encoding/binary"
	"math"
	"strconv"

	"weir/codecs/event"
	"weir/codecs/record"
)

// kind is the member of AnyValue that a value is.
type kind uint8

const (
	kindEmpty  kind = 0
	kindText   kind = 1
	kindBool   kind = 2
	kindInt    kind = 3
	kindDouble kind = 4
	kindArray  kind = 5
)

// value is an AnyValue.
type value struct {
	kind  kind
	text  string
	n     uint64 // of booleans, integers, and the bits of doubles
	array []event.Member
}

func textValue(s string) value    { return value{kind: kindText, text: s} }
func intValue(n int64) value      { return value{kind: kindInt, n: uint64(n)} }
func doubleValue(f float64) value { return value{kind: kindDouble, n: math.Float64bits(f)} }
func (v *value) isEmpty() bool    { return v.kind == kindEmpty }
func boolValue(b bool) (v value) {
	v.kind = kindBool
	if b {
		v.n = 1
	}
	return v
}

// valueOf reads JSON: the number decides between integer and double (items 3.11). Null, integers that are too large and objects are empty.
func valueOf(v *event.Value) value {
	switch v.Kind() {
	case event.String:
		return textValue(v.Text())
	case event.True, event.False:
		b, _ := v.Bool()
		return boolValue(b)
	case event.Number:
		if n, ok := v.Int(); ok {
			return intValue(n)
		}
		if text, _ := v.NumberText(); event.IsInteger(text) {
			return value{}
		}
		f, _ := v.Float()
		return doubleValue(f)
	case event.Array:
		return value{kind: kindArray, array: v.Members()}
	}
	return value{}
}

// size is the number of bytes of the message.
func (v *value) size() int {
	switch v.kind {
	case kindText:
		return 1 + sized(len(v.text))
	case kindBool:
		return 2
	case kindInt:
		return 1 + varint(v.n)
	case kindDouble:
		return 9
	case kindArray:
		return 1 + sized(v.arraySize())
	}
	return 0
}

func (v *value) arraySize() (n int) {
	for _, m := range v.array {
		x := valueOf(m.Value)
		n += 1 + sized(x.size())
	}
	return n
}

// appendTo appends the message. A member of a oneof is written also when it is the default.
func (v *value) appendTo(dst []byte) []byte {
	switch v.kind {
	case kindText:
		dst = binary.AppendUvarint(tag(dst, int(v.kind), wireBytes), uint64(len(v.text)))
		return append(dst, v.text...)
	case kindBool, kindInt:
		return binary.AppendUvarint(tag(dst, int(v.kind), wireVarint), v.n)
	case kindDouble:
		return binary.LittleEndian.AppendUint64(tag(dst, int(v.kind), wire64), v.n)
	case kindArray:
		dst = binary.AppendUvarint(tag(dst, int(v.kind), wireBytes), uint64(v.arraySize()))
		for _, m := range v.array {
			x := valueOf(m.Value)
			dst = binary.AppendUvarint(tag(dst, 1, wireBytes), uint64(x.size()))
			dst = x.appendTo(dst)
		}
	}
	return dst
}

// canonical is the size that a value counts for (items 3.6).
func (v *value) canonical() (n int) {
	switch v.kind {
	case kindText:
		return len(v.text)
	case kindBool:
		return 1
	case kindInt, kindDouble:
		return 8
	case kindArray:
		for _, m := range v.array {
			n += record.JSONSize(m.Value)
		}
	}
	return n
}

func decimal(n int) string { return strconv.Itoa(n) }
