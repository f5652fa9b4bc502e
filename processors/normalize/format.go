package normalize

import (
	"math"
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

// printf replaces Python's % placeholders; flags, width and precision have no effect.
func printf(s string, params *event.Value) ([]byte, bool) {
	args := arguments{params: params}
	var out []byte
	for {
		text, rest, found := strings.Cut(s, "%")
		out = append(out, text...)
		if !found {
			return out, len(out) <= maxFormatted
		}
		key, hasKey, verb, length := placeholder(rest)
		if length == 0 {
			out = append(out, '%')
			s = rest
			continue
		}
		s = rest[length:]
		if verb == '%' {
			out = append(out, '%')
			continue
		}
		v := args.named(key)
		if !hasKey {
			v = args.positional()
		}
		var ok bool
		if out, ok = appendArgument(out, v, verb); !ok || len(out) > maxFormatted {
			return nil, false
		}
	}
}

// placeholder reads what follows a percent sign; length 0: it is no placeholder.
func placeholder(s string) (key string, hasKey bool, verb byte, length int) {
	i := 0
	if strings.HasPrefix(s, "(") {
		end := strings.IndexByte(s, ')')
		if end < 0 {
			return "", false, 0, 0
		}
		key, hasKey, i = s[1:end], true, end+1
	}
	skip := func(set string) {
		for i < len(s) && strings.IndexByte(set, s[i]) >= 0 {
			i++
		}
	}
	skip("#0- +")
	skip("0123456789")
	if i < len(s) && s[i] == '.' {
		i++
		skip("0123456789")
	}
	skip("hlL")
	if i >= len(s) || strings.IndexByte("diouxXeEfFgGcrs%", s[i]) < 0 {
		return "", false, 0, 0
	}
	return key, hasKey, s[i], i + 1
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
		name, after, closed := strings.Cut(rest, "}")
		if !closed || !isWord(name) {
			out = append(out, '{')
			s = rest
			continue
		}
		s = after
		var v *event.Value
		if name == "" {
			v = args.positional()
		} else if n, err := strconv.ParseUint(name, 10, 31); err == nil {
			v = params.Index(int(n))
		} else {
			v = args.named(name)
		}
		var ok bool
		if out, ok = appendArgument(out, v, 's'); !ok || len(out) > maxFormatted {
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

// appendArgument writes a parameter; absent and null ones fail.
func appendArgument(dst []byte, v *event.Value, verb byte) ([]byte, bool) {
	switch v.Kind() {
	case event.Null:
		return dst, false
	case event.String:
		switch verb {
		case 'x', 'X', 'o', 'e', 'E':
			return dst, false
		case 'r':
			return event.AppendString(dst, v.Text()), true
		}
		return append(dst, v.Text()...), true
	case event.Number:
		return appendNumber(dst, v, verb), true
	}
	if verb == 'x' || verb == 'X' || verb == 'o' || verb == 'e' || verb == 'E' {
		return dst, false
	}
	return v.AppendTo(dst), true
}

func appendNumber(dst []byte, v *event.Value, verb byte) []byte {
	f, _ := v.Float()
	switch verb {
	case 'e', 'E':
		s := strconv.FormatFloat(f, verb, -1, 64)
		mantissa, exponent, _ := strings.Cut(s, string(verb))
		sign := ""
		if exponent[0] == '-' {
			sign = "-"
		}
		dst = append(append(dst, mantissa...), verb)
		return append(append(dst, sign...), strings.TrimLeft(exponent[1:len(exponent)-1], "0")+exponent[len(exponent)-1:]...)
	case 'x', 'X', 'o':
		base := 16
		if verb == 'o' {
			base = 8
		}
		text := ""
		if n, ok := v.Int(); ok {
			text = strconv.FormatInt(n, base)
		} else if u, ok := v.Uint(); ok {
			text = strconv.FormatUint(u, base)
		} else {
			text = strconv.FormatInt(int64(math.Trunc(f)), base)
		}
		if verb == 'X' {
			text = strings.ToUpper(text)
		}
		return append(dst, text...)
	}
	return v.AppendTo(dst)
}
