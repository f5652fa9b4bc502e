package event

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
)

// AppendTo appends the document as compact JSON, members in memory order, `_meta` as last key of the root object and
// only if a node has metadata (normalize 2.4, 5.1). A root that is no object is written as the object that holds
// only `_meta` if it has metadata.
func (d *Doc) AppendTo(dst []byte) []byte { return d.AppendTree(dst, d.Root) }

// AppendTree is AppendTo for any value of the document as if it were the root.
func (d *Doc) AppendTree(dst []byte, root *Value) []byte {
	if !d.hasMt || !root.markMeta() {
		return root.AppendTo(dst)
	}
	if root.Kind() == Object {
		dst = root.AppendTo(dst)
		dst = dst[:len(dst)-1]
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
	} else {
		dst = append(dst, '{')
	}
	dst = append(dst, `"_meta":`...)
	dst = d.appendMetaTree(dst, root)
	return append(dst, '}')
}

// AppendTo appends v as compact JSON without metadata.
func (v *Value) AppendTo(dst []byte) []byte {
	if v == nil {
		return append(dst, "null"...)
	}
	switch v.kind {
	case False:
		return append(dst, "false"...)
	case True:
		return append(dst, "true"...)
	case Number:
		return append(dst, v.text...)
	case String:
		if v.plain {
			return appendQuoted(dst, v.text)
		}
		return AppendString(dst, v.text)
	case Array:
		dst = append(dst, '[')
		at := len(dst)
		for i := range v.kids {
			x := v.kids[i].Value
			if x.omit && x.leftOut() {
				continue
			}
			if len(dst) > at {
				dst = append(dst, ',')
			}
			dst = x.AppendTo(dst)
		}
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		at := len(dst)
		for i := range v.kids {
			m := &v.kids[i]
			if m.Value.omit && m.Value.leftOut() {
				continue
			}
			if len(dst) > at {
				dst = append(dst, ',')
			}
			dst = appendKey(dst, m.Key)
			if x := m.Value; x.kind == String && x.plain {
				dst = appendQuoted(dst, x.text)
			} else {
				dst = x.AppendTo(dst)
			}
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
	// spaces fill a word whose lower three bytes are something else.
	spaces = 0x2020202020000000
)

// escapeMask marks with its high bit the first of eight bytes that is a quote, a backslash or below 0x20; marks of later
// bytes may be wrong.
func escapeMask(w uint64) uint64 {
	q := w ^ ones*'"'
	b := w ^ ones*'\\'
	return ((q-ones)&^q | (b-ones)&^b | (w-ones*0x20)&^w) & highs
}

// AppendString appends s as a JSON string: short escapes where there are some, \u00xx for other control characters,
// everything else as it is.
func AppendString(dst []byte, s string) []byte {
	if isPlain(s) {
		return appendQuoted(dst, s)
	}
	dst = append(dst, '"')
	start, i := 0, 0
	for i < len(s) {
		if i+8 <= len(s) && escapeMask(load64(s, i)) == 0 {
			i += 8
			continue
		}
		c := s[i]
		i++
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i-1]...)
		start = i
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		default:
			const hex = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// appendQuoted appends a text that needs no escapes.
func appendQuoted(dst []byte, s string) []byte {
	n := len(dst)
	if cap(dst)-n < len(s)+2 {
		dst = slices.Grow(dst, len(s)+2)
	}
	dst = dst[:n+len(s)+2]
	dst[n] = '"'
	copy(dst[n+1:], s)
	dst[len(dst)-1] = '"'
	return dst
}

// appendKey appends a key and a colon.
func appendKey(dst []byte, key string) []byte {
	if !isPlain(key) {
		return append(AppendString(dst, key), ':')
	}
	n := len(dst)
	if cap(dst)-n < len(key)+3 {
		dst = slices.Grow(dst, len(key)+3)
	}
	dst = dst[:n+len(key)+3]
	dst[n] = '"'
	copy(dst[n+1:], key)
	dst[len(dst)-2] = '"'
	dst[len(dst)-1] = ':'
	return dst
}

// isPlain reports whether s needs no escapes.
func isPlain(s string) bool {
	n := len(s)
	if n >= 8 {
		for i := 0; i+8 <= n; i += 8 {
			if escapeMask(load64(s, i)) != 0 {
				return false
			}
		}
		return escapeMask(load64(s, n-8)) == 0
	}
	var w uint64
	switch {
	case n >= 4:
		w = uint64(load32(s, 0)) | uint64(load32(s, n-4))<<32
	case n > 0:
		w = spaces | uint64(s[0]) | uint64(s[n/2])<<8 | uint64(s[n-1])<<16
	default:
		return true
	}
	return escapeMask(w) == 0
}

func load32(s string, i int) uint32 {
	_ = s[i+3]
	return uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16 | uint32(s[i+3])<<24
}

func load64(s string, i int) uint64 {
	_ = s[i+7]
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
		uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
}

func load64b(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i:]) }

// AppendFloat appends a finite f in the shortest form that round-trips, always with a fraction or an exponent
// (normalize 2.4): plain decimals from 1e-5 up to 1e16, exponents with sign and without padding otherwise.
func AppendFloat(dst []byte, f float64) []byte {
	if f == 0 {
		if math.Signbit(f) {
			return append(dst, "-0.0"...)
		}
		return append(dst, "0.0"...)
	}
	if a := math.Abs(f); a >= 1e-5 && a < 1e16 {
		at := len(dst)
		dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
		for _, c := range dst[at:] {
			if c == '.' {
				return dst
			}
		}
		return append(dst, '.', '0')
	}
	at := len(dst)
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	// strconv writes 1e-07; the wire has 1e-7.
	out := at
	for i := at; i < len(dst); i++ {
		c := dst[i]
		dst[out] = c
		out++
		if c == 'e' {
			dst[out] = dst[i+1]
			out++
			i += 2
			for i < len(dst)-1 && dst[i] == '0' {
				i++
			}
			out += copy(dst[out:], dst[i:])
			break
		}
	}
	return dst[:out]
}
