package normalize

import (
	"regexp"
	"strconv"
	"strings"

	"weir/codecs/event"
)

// maxFormatted is the length from which a formatted message is given up, in bytes (9.7).
const maxFormatted = 32768

// arguments hands out parameters by position (arrays) or by key (objects).
type arguments struct {
	params *event.Value
	next   int
}

func (a *arguments) positional() *event.Value {
	if a.params.Kind() != event.Array {
		return nil
	}
	v := a.params.Index(a.next)
	a.next++
	return v
}

func (a *arguments) named(key string) *event.Value {
	if a.params.Kind() != event.Object {
		return nil
	}
	return a.params.Get(key)
}

// printf replaces Python's % placeholders; flags, width and precision have no effect, except # before a base.
func printf(s string, params *event.Value) ([]byte, bool) {
	args := arguments{params: params}
	var out []byte
	for {
		text, rest, found := strings.Cut(s, "%")
		out = append(out, text...)
		if !found {
			return out, len(out) <= maxFormatted
		}
		p, length := readPlaceholder(rest)
		if length == 0 {
			out = append(out, '%')
			s = rest
			continue
		}
		s = rest[length:]
		if p.verb == '%' {
			out = append(out, '%')
			continue
		}
		v := args.named(p.key)
		if p.key == "" {
			v = args.positional()
		}
		var ok bool
		if out, ok = appendArgument(out, v, p.verb, p.alternate); !ok || len(out) > maxFormatted {
			return nil, false
		}
	}
}

// placeholder is what stands behind a percent sign.
type placeholder struct {
	key       string // empty: by position
	verb      byte
	alternate bool
}

// placeholderPattern is the contract's idea of a placeholder: key, flags, width, precision, length, verb. Any character may
// introduce the precision, not only a dot.
var placeholderPattern = regexp.MustCompile(`^(?:\(([\pL\pM\p{Nd}\p{Pc}]+)\))?([#0\-+]*)(?:[0-9]+|\*)?(?:.(?:[0-9]+|\*))?[hlL]*([diouxXeEfFgGcrs%])`)

// readPlaceholder reads a placeholder; length 0: it is none.
func readPlaceholder(s string) (p placeholder, length int) {
	m := placeholderPattern.FindStringSubmatchIndex(s)
	if m == nil {
		return p, 0
	}
	if m[2] >= 0 {
		p.key = s[m[2]:m[3]]
	}
	p.alternate = strings.Contains(s[m[4]:m[5]], "#")
	p.verb = s[m[6]]
	return p, m[1]
}

// curly replaces {}, {0} and {name}.
func curly(s string, params *event.Value) ([]byte, bool) {
	args := arguments{params: params}
	var out []byte
	for {
		text, rest, found := strings.Cut(s, "{")
		out = append(out, text...)
		if !found {
			return out, len(out) <= maxFormatted
		}
		length := strings.IndexFunc(rest, func(c rune) bool { return !wordRune(c) })
		if length < 0 || rest[length] != '}' {
			out = append(out, '{')
			s = rest
			continue
		}
		name := rest[:length]
		s = rest[length+1:]
		var v *event.Value
		if name == "" {
			v = args.positional()
		} else if n, err := strconv.ParseUint(name, 10, 31); err == nil {
			v = params.Index(int(n))
		} else {
			v = args.named(name)
		}
		var ok bool
		if out, ok = appendArgument(out, v, 's', false); !ok || len(out) > maxFormatted {
			return nil, false
		}
	}
}

// isWord reports whether s consists of word characters only; the empty text does.
func isWord(s string) bool {
	for _, r := range s {
		if !wordRune(r) {
			return false
		}
	}
	return true
}

// appendArgument writes a parameter; absent and null ones fail, and those that the verb does not fit.
func appendArgument(dst []byte, v *event.Value, verb byte, alternate bool) ([]byte, bool) {
	if v.IsNull() {
		return dst, false
	}
	switch verb {
	case 'r':
		return v.AppendTo(dst), true
	case 'x', 'X', 'o':
		return appendBase(dst, v, verb, alternate)
	case 'e', 'E':
		return appendExponent(dst, v, verb)
	}
	switch v.Kind() {
	case event.String:
		return append(dst, v.Text()...), true
	case event.Number:
		text, _ := v.NumberText()
		if event.IsInteger(text) {
			return append(dst, text...), true
		}
		f, _ := v.Float()
		return strconv.AppendFloat(dst, f, 'f', -1, 64), true
	}
	return v.AppendTo(dst), true
}

// appendBase writes an integer in another base, negative ones in two's complement.
func appendBase(dst []byte, v *event.Value, verb byte, alternate bool) ([]byte, bool) {
	n, _, ok := integer(v)
	if !ok {
		return dst, false
	}
	base, prefix := 16, "0x"
	if verb == 'o' {
		base, prefix = 8, "0o"
	}
	if alternate {
		dst = append(dst, prefix...)
	}
	text := strconv.FormatUint(n, base)
	if verb == 'X' {
		text = strings.ToUpper(text)
	}
	return append(dst, text...), true
}

// appendExponent writes a float with an exponent that has neither plus sign nor padding.
func appendExponent(dst []byte, v *event.Value, verb byte) ([]byte, bool) {
	text, ok := v.NumberText()
	if !ok || event.IsInteger(text) {
		return dst, false
	}
	f, _ := v.Float()
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, verb, -1, 64), string(verb))
	dst = append(append(dst, mantissa...), verb)
	n, _ := strconv.Atoi(exponent)
	return strconv.AppendInt(dst, int64(n), 10), true
}
