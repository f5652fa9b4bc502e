package profile

import (
	"math"
	"strconv"
	"strings"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/jsontext"
)

func text(_ *event.Doc, v *event.Value) bool { return v.Kind() == event.String }

func boolean(_ *event.Doc, v *event.Value) bool {
	return v.Kind() == event.True || v.Kind() == event.False
}

func anything(*event.Doc, *event.Value) bool { return true }

// uuid is an id in any of its forms, written as 32 hex digits.
func uuid(d *event.Doc, v *event.Value) bool {
	id, err := envelope.ParseEventID(v.Text())
	if err != nil {
		return false
	}
	v.SetString(d.Intern(id.Append(nil)))
	return true
}

// dashed is an id that is written with hyphens.
func dashed(d *event.Doc, v *event.Value) bool {
	id, err := envelope.ParseEventID(v.Text())
	if err != nil {
		return false
	}
	v.SetString(id.Hyphenated())
	return true
}

// spanID is 16 hex digits.
func spanID(_ *event.Doc, v *event.Value) bool {
	s := v.Text()
	if len(s) != 16 {
		return false
	}
	for i := range len(s) {
		if _, err := strconv.ParseUint(s[i:i+1], 16, 8); err != nil {
			return false
		}
	}
	v.SetString(strings.ToLower(s))
	return true
}

// debugID is an id with an optional hexadecimal age, both with hyphens or both without.
func debugID(_ *event.Doc, v *event.Value) bool {
	s := v.Text()
	n := 32
	if len(s) >= 36 && s[8] == '-' {
		n = 36
	}
	if len(s) < n {
		return false
	}
	id, err := envelope.ParseEventID(s[:n])
	if err != nil {
		return false
	}
	age := s[n:]
	if n == 36 && age != "" {
		if age[0] != '-' || len(age) == 1 {
			return false
		}
		age = age[1:]
	}
	out := id.Hyphenated()
	if age != "" {
		number, err := strconv.ParseUint(age, 16, 32)
		if err != nil {
			return false
		}
		if number != 0 {
			out += "-" + strconv.FormatUint(number, 16)
		}
	}
	v.SetString(out)
	return true
}

// unsigned is a whole number up to the given one.
func unsigned(highest uint64) rule {
	return func(_ *event.Doc, v *event.Value) bool {
		n, ok := v.Uint()
		return ok && n <= highest
	}
}

var (
	unsigned64 = unsigned(math.MaxUint64)
	unsigned32 = unsigned(math.MaxUint32)
)

// unsignedText is a whole number, also as text; written as a number.
func unsignedText(d *event.Doc, v *event.Value) bool {
	s, ok := v.Str()
	if !ok {
		_, ok := v.Uint()
		return ok
	}
	s = strings.TrimPrefix(s, "+")
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return false
	}
	literal := strconv.FormatUint(n, 10)
	v.SetNumber(literal)
	return true
}

// float is a number, written with a fraction.
func float(d *event.Doc, v *event.Value) bool {
	f, ok := v.Float()
	if !ok {
		return false
	}
	v.SetNumber(d.FloatText(f))
	return true
}

// floatText is a number, also as text; written as a number, null when it is none that JSON has.
func floatText(d *event.Doc, v *event.Value) bool {
	s, ok := v.Str()
	if !ok {
		return float(d, v)
	}
	f, err := strconv.ParseFloat(s, 64)
	if strings.ContainsAny(s, "xXpP_") || err != nil && !math.IsInf(f, 0) {
		return false
	}
	if math.IsInf(f, 0) || math.IsNaN(f) {
		v.SetNull()
		return true
	}
	v.SetNumber(d.FloatText(f))
	return true
}

// address is a text: decimal or hexadecimal digits behind 0x; written in the latter form.
func address(d *event.Doc, v *event.Value) bool {
	n, ok := addressOf(v)
	if ok {
		setAddress(v, n)
	}
	return ok
}

func addressOf(v *event.Value) (uint64, bool) {
	s := v.Text()
	base := 10
	if strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X") {
		s, base = s[2:], 16
	}
	n, err := strconv.ParseUint(s, base, 64)
	return n, err == nil
}

func setAddress(v *event.Value, n uint64) { v.SetString("0x" + strconv.FormatUint(n, 16)) }

// moment is an RFC 3339 time, also with a space; written in UTC with as many digits as it needs, in groups of three.
func moment(_ *event.Doc, v *event.Value) bool {
	s := v.Text()
	if len(s) > 10 && s[10] == ' ' {
		s = s[:10] + "T" + s[11:]
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return false
	}
	v.SetString(jsontext.TimeText(t))
	return true
}

// oneOf is one of some texts; an alias is written as its value.
func oneOf(words map[string]string) rule {
	return func(_ *event.Doc, v *event.Value) bool {
		word, ok := words[v.Text()]
		if ok && v.Kind() == event.String {
			v.SetString(word)
			return true
		}
		return false
	}
}
