package normalize

import (
	"encoding/hex"
	"strconv"
	"strings"

	"weir/codecs/event"
)

// parseUUID reads 32 hex digits in any case, the hyphenated form, {hyphenated} or urn:uuid:hyphenated.
func parseUUID(s string) (id [16]byte, ok bool) {
	if len(s) != 32 {
		digits, _, certain := uuidParts(s)
		if !certain || digits[8] != '-' || digits[13] != '-' || digits[18] != '-' || digits[23] != '-' {
			return id, false
		}
		s = digits
	}
	at := 0
	for i := 0; i < len(s); {
		if len(s) == 36 && (i == 8 || i == 13 || i == 18 || i == 23) {
			i++
			continue
		}
		high, low := unhex(s[i]), unhex(s[i+1])
		if high|low > 15 {
			return id, false
		}
		id[at] = high<<4 | low
		at++
		i += 2
	}
	return id, true
}

func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 255
}

// isLowerHex reports whether s consists of n lower-case hex digits.
func isLowerHex(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range n {
		if c := s[i]; !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
			return false
		}
	}
	return true
}

const zeroes = "00000000000000000000000000000000"

var uuidTexts = map[kind]string{kUUID: "expected a uuid", kEventID: "expected event id", kTraceID: "expected trace id"}

func (r *run) uuid(v *event.Value, k kind) {
	s, ok := v.Str()
	if !ok {
		r.invalid(v, uuidTexts[k])
		return
	}
	if k != kUUID && isLowerHex(s, 32) && s != zeroes {
		return
	}
	id, ok := parseUUID(s)
	if !ok {
		problem := "not a valid trace id"
		if k != kTraceID {
			problem = uuidProblem(s)
		}
		r.invalid(v, problem)
		return
	}
	if k == kTraceID && id == [16]byte{} {
		id = r.in.random("trace_id")
		r.d.AddRemark(v, event.Remark{Rule: "nil_trace_id", Type: 's'})
	}
	if k == kUUID {
		v.SetString(r.d.Intern(appendUUID(r.buf[:0], id)))
		return
	}
	v.SetString(r.hexText(id[:]))
}

func (r *run) hexText(id []byte) string {
	return r.d.Intern(hex.AppendEncode(r.buf[:0], id))
}

// appendUUID appends the hyphenated form.
func appendUUID(dst []byte, id [16]byte) []byte {
	for i, part := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, part)
	}
	return dst
}

func (r *run) spanID(v *event.Value) {
	s, ok := v.Str()
	if !ok {
		r.invalid(v, "expected span id")
		return
	}
	if isLowerHex(s, 16) && s != zeroes[:16] {
		v.SetMeta(nil)
		return
	}
	if lower := strings.ToLower(s); isLowerHex(lower, 16) && lower != zeroes[:16] {
		v.SetString(lower)
		v.SetMeta(nil)
		return
	}
	r.invalid(v, "not a valid span id")
}

func (r *run) address(v *event.Value, expected string) {
	u, _, ok := integer(v)
	if s, isText := v.Str(); isText {
		digits, base := s, 10
		if len(s) >= 2 && s[0] == '0' && s[1]|0x20 == 'x' {
			digits, base = s[2:], 16
		}
		if len(digits) > 1 && digits[0] == '+' {
			digits = digits[1:]
		}
		n, err := strconv.ParseUint(digits, base, 64)
		if err != nil {
			r.invalid(v, parseIntText(digits, err))
			return
		}
		if base == 16 && (s[2] != '0' || len(s) == 3) && s[1] == 'x' && isLowerHex(s[2:], len(s)-2) {
			return // canonical already
		}
		u, ok = n, true
	}
	if !ok {
		r.invalid(v, expected)
		return
	}
	v.SetString(r.d.Intern(strconv.AppendUint(append(r.buf[:0], '0', 'x'), u, 16)))
}

func parseIntText(s string, err error) string {
	if s == "" {
		return "cannot parse integer from empty string"
	}
	if e, ok := err.(*strconv.NumError); ok && e.Err == strconv.ErrRange {
		return "number too large to fit in target type"
	}
	return "invalid digit found in string"
}
