package normalize

import (
	"math"
	"net/netip"
	"strconv"

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
	_, negative, ok := integer(v)
	if ok && !negative {
		return
	}
	if f, isFloat := v.Float(); isFloat && !ok {
		if f = math.Trunc(f); f >= 0 && f < 1<<64 {
			r.number(v, strconv.AppendUint(r.buf[:0], uint64(f), 10))
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
		if !x.IsNull() {
			r.lenient(x)
		}
		if x.Meta().HasErrors() {
			if original := x.Meta().Original; original != nil {
				bad = append(bad, event.Member{Value: original})
			}
			continue
		}
		if x.IsNull() {
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
