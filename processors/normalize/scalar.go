package normalize

import (
	"encoding/hex"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"weir/codecs/event"
)

// scalar reads a value that is neither struct nor collection (4.2). v is not null.
func (r *run) scalar(v *event.Value, n *node) {
	switch n.kind {
	case kString, kText:
		if v.Kind() != event.String {
			r.invalid(v, "expected a string")
		}
	case kSpanKind:
		if v.Kind() != event.String {
			v.SetNull()
		}
	case kBool:
		if _, ok := v.Bool(); !ok {
			r.invalid(v, "expected a boolean")
		}
	case kU64:
		r.unsigned(v)
	case kI64:
		r.signed(v)
	case kF64, kF64Finite:
		r.float(v, n.kind)
	case kLenient:
		r.lenient(v)
	case kJSONLenient:
		r.jsonText(v)
	case kUUID, kEventID, kTraceID:
		r.uuid(v, n.kind)
	case kSpanID:
		r.spanID(v)
	case kAddr:
		r.address(v, "expected address")
	case kRegister:
		r.address(v, "expected register value")
	case kIP:
		if s, ok := v.Str(); !ok || !validIP(s) {
			r.invalid(v, "expected an ip address")
		}
	case kThreadID:
		r.threadID(v)
	case kTimestamp:
		r.timestamp(v)
	case kFingerprint:
		r.fingerprint(v)
	case kDebugID:
		r.debugID(v)
	case kCodeID:
		r.codeID(v)
	default:
		r.enum(v, n.kind)
	}
}

// integer returns a number written as an integer that fits into 64 bits; negative ones wrap around.
func integer(v *event.Value) (u uint64, negative, ok bool) {
	if n, ok := v.Int(); ok {
		s, _ := v.NumberText()
		if n == 0 && s[0] == '-' {
			return 0, false, false // -0 is a float (2.1)
		}
		return uint64(n), n < 0, true
	}
	u, ok = v.Uint()
	return u, false, ok
}

func (r *run) unsigned(v *event.Value) {
	if s, ok := v.NumberText(); ok && canonicalNumber(s) {
		return
	}
	if u, negative, ok := integer(v); ok && !negative {
		return
	} else if f, isFloat := v.Float(); isFloat && !ok {
		if f = math.Trunc(f); f >= 0 && f < 1<<64 {
			u = uint64(f)
			r.number(v, strconv.AppendUint(r.buf[:0], u, 10))
			return
		}
	}
	r.invalidNumber(v, "expected an unsigned integer")
}

func (r *run) signed(v *event.Value) {
	if s, ok := v.NumberText(); ok && canonicalNumber(s) {
		return
	}
	if _, ok := v.Int(); ok {
		if s, _ := v.NumberText(); s == "-0" {
			v.SetNumber("0")
		}
		return
	}
	if f, ok := v.Float(); ok {
		if f = math.Trunc(f); f >= -(1<<63) && f < 1<<63 {
			r.number(v, strconv.AppendInt(r.buf[:0], int64(f), 10))
			return
		}
	}
	r.invalidNumber(v, "expected a signed integer")
}

func (r *run) float(v *event.Value, k kind) {
	f, ok := v.Float()
	if !ok {
		r.invalidNumber(v, map[kind]string{kF64: "expected a floating point number", kF64Finite: "expected a finite floating point number"}[k])
		return
	}
	r.number(v, event.AppendFloat(r.buf[:0], f))
}

// invalidNumber is invalid, but an older `val` wins.
func (r *run) invalidNumber(v *event.Value, reason string) {
	older := (*event.Value)(nil)
	if meta := v.Meta(); meta != nil {
		older = meta.Original
	}
	r.invalid(v, reason)
	if older != nil {
		r.d.MetaOf(v).Original = older
	}
}

// number makes v the number with the given literal.
func (r *run) number(v *event.Value, literal []byte) {
	if s, ok := v.NumberText(); !ok || s != string(literal) {
		v.SetNumber(r.d.Intern(literal))
	}
	r.buf = literal[:0]
}

// canonicalNumber reports whether a literal is certainly in its output form: an integer of at most 18 digits.
func canonicalNumber(s string) bool {
	return len(s) <= 18 && s[0] != '-' && event.IsInteger(s)
}

// canonicalise writes integers beyond 64 bits, -0 and everything with fraction or exponent as floats (2.1).
func (r *run) canonicalise(v *event.Value) {
	if _, _, ok := integer(v); ok {
		return
	}
	if f, ok := v.Float(); ok {
		r.number(v, event.AppendFloat(r.buf[:0], f))
	}
}

func (r *run) lenient(v *event.Value) {
	switch v.Kind() {
	case event.String:
	case event.True:
		v.SetString("True")
	case event.False:
		v.SetString("False")
	case event.Number:
		if _, _, ok := integer(v); ok {
			s, _ := v.NumberText()
			v.SetString(s)
			return
		}
		f, ok := v.Float()
		if !ok || math.Abs(f) >= 1<<53 {
			r.invalid(v, "expected a number with JSON precision")
			return
		}
		r.buf = r.buf[:0]
		if math.Signbit(f) && f > -1 {
			r.buf = append(r.buf, '-') // as the contract writes it
		}
		v.SetString(r.d.Intern(strconv.AppendInt(r.buf, int64(f), 10)))
	default:
		r.invalid(v, "expected a primitive value")
	}
}

// jsonText replaces everything but strings by its compact JSON text.
func (r *run) jsonText(v *event.Value) {
	if v.Kind() == event.String {
		return
	}
	tag := v.Tag()
	r.free(v)
	r.buf = v.AppendTo(r.buf[:0])
	v.SetString(r.d.Intern(r.buf))
	v.SetTag(tag)
}

// parseUUID reads 32 hex digits, the hyphenated form, {hyphenated} or urn:uuid:hyphenated in any case.
func parseUUID(s string) (id [16]byte, ok bool) {
	switch len(s) {
	case 32:
	case 45:
		if !strings.EqualFold(s[:9], "urn:uuid:") {
			return id, false
		}
		s = s[9:]
	case 38:
		if s[0] != '{' || s[37] != '}' {
			return id, false
		}
		s = s[1:37]
	}
	if len(s) != 32 && (len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-') {
		return id, false
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

var uuidTexts = map[kind][2]string{
	kUUID:    {"invalid uuid", "expected a uuid"},
	kEventID: {"invalid event identifier", "expected event id"},
	kTraceID: {"not a valid trace id", "expected trace id"},
}

func (r *run) uuid(v *event.Value, k kind) {
	s, ok := v.Str()
	if !ok {
		r.invalid(v, uuidTexts[k][1])
		return
	}
	if k != kUUID && isLowerHex(s, 32) && s != zeroes {
		return
	}
	id, ok := parseUUID(s)
	if !ok {
		r.invalid(v, uuidTexts[k][0])
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
		if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
			digits, base = s[2:], 16
		}
		n, err := strconv.ParseUint(digits, base, 64)
		if err != nil || strings.Contains(digits, "_") {
			r.invalid(v, parseIntText(digits, err))
			return
		}
		if base == 16 && (s[2] != '0' || len(s) == 3) && s[1] == 'x' && isLowerHex(digits, len(digits)) {
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

func (r *run) threadID(v *event.Value) {
	if v.Kind() == event.String {
		return
	}
	u, negative, ok := integer(v)
	if !ok {
		r.invalid(v, "expected a thread id")
	} else if negative {
		r.number(v, strconv.AppendUint(r.buf[:0], u, 10))
	}
}

// auto stands for an address that is to be inferred (9.2).
const auto = "{{auto}}"

func validIP(s string) bool {
	if s == auto {
		return true
	}
	_, ok := parseIP(s)
	return ok
}

// parseIP reads a v4 or v6 literal without zone.
func parseIP(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	return a, err == nil && a.Zone() == ""
}

func (r *run) fingerprint(v *event.Value) {
	if v.Kind() != event.Array {
		r.invalid(v, "expected an array")
		return
	}
	good, bad := v.Members()[:0], []event.Member(nil)
	for _, m := range v.Members() {
		x := m.Value
		if x.IsNull() {
			continue
		}
		r.lenient(x)
		if x.Meta().HasErrors() {
			if original := x.Meta().Original; original != nil {
				bad = append(bad, event.Member{Value: original})
			}
			continue
		}
		x.SetMeta(nil)
		good = append(good, m)
	}
	v.SetMembers(good)
	if len(bad) > 0 {
		list := r.d.NewArray(0)
		list.SetMembers(bad)
		meta := r.d.MetaOf(v)
		meta.AddError(event.Error{Kind: event.InvalidData, Data: []event.Member{{Key: "value", Value: list}}})
		meta.SetLen(len(good) + len(bad))
	}
	if len(good) == 0 && v.Meta().HasErrors() {
		v.SetNull()
	}
}
