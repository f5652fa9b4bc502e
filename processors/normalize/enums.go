package normalize

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"weir/codecs/event"
)

// enumTable reads the texts and integers of a closed set of values.
type enumTable struct {
	texts    map[string]string // accepted -> canonical
	integers map[int64]string
}

// lists are the value tables of the contract.
type lists struct {
	levels, statuses, units    enumTable
	eventTypes, platforms      map[string]bool
	measurementUnits           map[string]string
	mechanisms                 map[mechanismKey]string
	appleDevices, dotnetBuilds map[string]string
	cspDirectives              map[string]bool
	subregions                 map[string]string // UN M49 subregion of a country
	redisCommands              map[string]bool
}

// mechanismKey finds an operating system's name of a number; code is 0 except for signal codes (9.12).
type mechanismKey struct {
	kind, os     string
	number, code int64
}

var theLists = sync.OnceValue(func() *lists {
	l := &lists{
		levels: readEnum("levels", 1, 2), statuses: readEnum("span_status", 1, 2), units: readEnum("metric_units", 2, -1),
		eventTypes: readSet("event_types"), platforms: readSet("platforms"), cspDirectives: readSet("csp_directives"),
		measurementUnits: readMap("measurement_units"), appleDevices: readMap("device_class_apple"), dotnetBuilds: readMap("dotnet_framework_builds"),
		subregions: readMap("subregions"), redisCommands: readSet("redis_commands"),
		mechanisms: make(map[mechanismKey]string),
	}
	for _, row := range readTable("mechanism_names") {
		l.mechanisms[mechanismKey{row[0], row[1], int64(number(row[2])), int64(number(row[3]))}] = row[4]
	}
	return l
})

func readEnum(name string, textColumn, integerColumn int) enumTable {
	t := enumTable{texts: make(map[string]string), integers: make(map[int64]string)}
	for _, row := range readTable(name) {
		for text := range strings.SplitSeq(row[textColumn], "|") {
			t.texts[strings.Replace(text, "(empty string)", "", 1)] = row[0]
		}
		if integerColumn >= 0 {
			t.integers[int64(number(row[integerColumn]))] = row[0]
		}
	}
	return t
}

func readSet(name string) map[string]bool {
	set := make(map[string]bool)
	for _, row := range readTable(name) {
		set[row[0]] = true
	}
	return set
}

func readMap(name string) map[string]string {
	m := make(map[string]string)
	for _, row := range readTable(name) {
		m[row[0]] = row[1]
	}
	return m
}

// enum reads the closed sets of 4.2.
func (r *run) enum(v *event.Value, k kind) {
	l := theLists()
	s, isText := v.Str()
	n, _, isInt := integer(v)
	switch k {
	case kLevel:
		name, ok := l.levels.texts[s]
		if isInt {
			name, ok = l.levels.integers[int64(n)]
		}
		switch {
		case !isText && !isInt:
			r.invalid(v, "expected a level")
		case ok:
			r.setText(v, name)
		case isText:
			r.invalid(v, "invalid level")
		default:
			r.invalid(v, "")
		}
	case kSpanStatus:
		name, ok := l.statuses.texts[s]
		_, signed := v.Int() // larger ones count as another type
		if isInt {
			name, ok = l.statuses.integers[int64(n)]
		}
		switch {
		case !isText && (!isInt || !signed):
			r.invalid(v, "expected a string")
		case ok:
			r.setText(v, name)
		default:
			r.invalid(v, "expected a trace status")
		}
	case kEventType:
		r.oneOf(v, l.eventTypes[s])
	case kInferIP:
		r.oneOf(v, s == "auto" || s == "never" || s == "legacy")
	case kUnit:
		if name, ok := l.units.texts[s]; ok && isText {
			r.setText(v, name)
		} else if isText && customUnit(s) {
			r.setText(v, strings.ToLower(s))
		} else if isText {
			r.invalid(v, "")
		} else {
			r.invalid(v, "expected a string")
		}
	case kLockType:
		switch {
		case !isInt:
			r.invalid(v, "expected lock reason type")
		case n != 1 && n != 2 && n != 4 && n != 8:
			r.invalid(v, "")
		}
	}
}

func (r *run) setText(v *event.Value, s string) {
	if old, ok := v.Str(); !ok || old != s {
		v.SetString(s)
	}
}

func (r *run) oneOf(v *event.Value, ok bool) {
	if v.Kind() != event.String {
		r.invalid(v, "expected a string")
	} else if !ok {
		r.invalid(v, "")
	}
}

func customUnit(s string) bool {
	if len(s) == 0 || len(s) > 15 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !(c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z') {
			return false
		}
	}
	return true
}

func (r *run) debugID(v *event.Value) {
	s, ok := v.Str()
	if !ok {
		r.invalid(v, "expected a debug identifier")
		return
	}
	id, age, ok := parseDebugID(s)
	if !ok {
		if stamp, age, ok := parseOldDebugID(s); ok {
			r.setText(v, stamp+age)
			return
		}
		r.invalid(v, "invalid debug identifier")
		return
	}
	r.buf = appendUUID(r.buf[:0], id)
	if age != 0 {
		r.buf = strconv.AppendUint(append(r.buf, '-'), uint64(age), 16)
	}
	r.setText(v, r.d.Intern(r.buf))
}

// parseDebugID reads a UUID with or without hyphens and an optional hexadecimal age behind it in the same notation. No text with characters
// beyond ASCII is one, wherever they stand.
func parseDebugID(s string) (id [16]byte, age uint32, ok bool) {
	if strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) {
		return id, 0, false
	}
	n := 32
	if len(s) > 8 && s[8] == '-' {
		n = 36
	}
	if len(s) < n {
		return id, 0, false
	}
	if id, ok = parseUUID(s[:n]); !ok {
		return id, 0, false
	}
	rest := s[n:]
	if rest == "" {
		return id, 0, true
	}
	if n == 36 { // the age is written like the id: with a hyphen or without
		if rest[0] != '-' || rest == "-" {
			return id, 0, false
		}
		rest = rest[1:]
	}
	a, err := strconv.ParseUint(rest[:min(len(rest), 8)], 16, 32) // what follows eight digits does not matter
	return id, uint32(a), err == nil
}

// parseOldDebugID reads the id of an old Windows debug file: a stamp of eight hexadecimal digits and an age of up to eight, with or without a
// hyphen between them. The stamp is written in upper case, an age other than 0 with a hyphen before it.
func parseOldDebugID(s string) (stamp, age string, ok bool) {
	if len(s) < 9 || len(s) > 17 {
		return "", "", false
	}
	rest := strings.TrimPrefix(s[8:], "-")
	t, err1 := hexNumber(s[:8])
	a, err2 := hexNumber(rest)
	if err1 != nil || err2 != nil || len(rest) > 8 {
		return "", "", false
	}
	if a != 0 {
		age = "-" + strconv.FormatUint(a, 16)
	}
	return fmt.Sprintf("%08X", t), age, true
}

// hexNumber reads a number of 32 bits that may have a plus sign.
func hexNumber(s string) (uint64, error) {
	if len(s) > 1 && s[0] == '+' {
		s = s[1:]
	}
	return strconv.ParseUint(s, 16, 32)
}

func (r *run) codeID(v *event.Value) {
	s, ok := v.Str()
	if !ok {
		r.invalid(v, "expected a code identifier")
		return
	}
	r.buf = r.buf[:0]
	for i := range len(s) {
		if c := s[i]; unhex(c) <= 15 {
			if c >= 'A' && c <= 'F' {
				c |= 0x20
			}
			r.buf = append(r.buf, c)
		}
	}
	r.setText(v, r.d.Intern(r.buf))
}
