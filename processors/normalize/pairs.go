package normalize

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"weir/codecs/event"
)

var pairTexts = map[kind]string{kCookies: "expected cookies", kQuery: "expected a query string or map", kTags: "expected an array", kHeaders: "expected an array"}

// pairs reads a pair list: an array of pairs, an object, or for cookies and queries a text (4.5).
func (r *run) pairs(v *event.Value, n *node) {
	isObject := false
	switch v.Kind() {
	case event.Array:
	case event.Object:
		isObject = true
		v.SortKeys()
		kids := v.Members()
		for i, m := range kids {
			kids[i] = event.Member{Value: newPair(r.d, m.Key, m.Value)}
		}
		v.SetArray(kids)
	case event.String:
		switch n.kind {
		case kCookies:
			r.cookieList(v)
		case kQuery:
			v.SetArray(r.queryPairs(strings.TrimPrefix(v.Text(), "?")))
		default:
			r.invalid(v, pairTexts[n.kind])
			return
		}
	default:
		r.invalid(v, pairTexts[n.kind])
		return
	}
	for _, m := range v.Members() {
		r.pair(m.Value, n)
	}
	if isObject && n.kind == kHeaders {
		slices.SortStableFunc(v.Members(), func(a, b event.Member) int {
			return strings.Compare(a.Value.Index(0).Text(), b.Value.Index(0).Text())
		})
	}
}

func newPair(d *event.Doc, key string, value *event.Value) *event.Value {
	pair := d.NewArray(2)
	pair.Append(d.NewString(key))
	pair.Append(value)
	return pair
}

// pair reads one element of a pair list.
func (r *run) pair(v *event.Value, n *node) {
	v.SetTag(n.elem.id)
	if v.IsNull() {
		return
	}
	if v.Kind() != event.Array || v.Len() != 2 {
		r.invalid(v, "expected a tuple")
		return
	}
	key, value := v.Index(0), v.Index(1)
	switch n.kind {
	case kTags:
		r.tagPart(key, true)
		r.tagPart(value, false)
		key.SetTag(n.elem.pair[0].id)
		value.SetTag(n.elem.pair[1].id)
		return
	case kHeaders:
		r.coerce(key, n.elem.pair[0])
		if s, ok := key.Str(); ok {
			r.setText(key, headerName(s))
		}
		r.headerValue(value)
		value.SetTag(n.elem.pair[1].id)
	default:
		r.coerce(key, n.elem.pair[0])
		r.coerce(value, n.elem.pair[1])
	}
}

func (r *run) tagPart(v *event.Value, key bool) {
	if v.IsNull() {
		return
	}
	if r.lenient(v); v.Kind() != event.String {
		return
	}
	s := v.Text()
	if key && strings.IndexByte(s, ' ') >= 0 {
		s = strings.ReplaceAll(s, " ", "-")
	}
	r.setText(v, strings.TrimFunc(s, unicode.IsSpace))
}

// headerName writes the first character and each one after a hyphen in upper case and leaves the others alone.
func headerName(s string) string {
	up, change := true, false
	for i := range len(s) {
		c := s[i]
		if up && c >= utf8.RuneSelf {
			return longHeaderName(s)
		}
		change = change || up && 'a' <= c && c <= 'z'
		up = c == '-'
	}
	if !change {
		return s
	}
	var few [48]byte
	b := append(few[:0], s...)
	up = true
	for i, c := range b {
		if up && 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
		up = c == '-'
	}
	return string(b)
}

// longHeaderName is headerName where characters beyond ASCII change.
func longHeaderName(s string) string {
	var b strings.Builder
	up := true
	for _, r := range s {
		switch many, ok := longUppers()[r]; {
		case up && ok:
			b.WriteString(many)
		case up:
			b.WriteRune(unicode.ToUpper(r))
		default:
			b.WriteRune(r)
		}
		up = r == '-'
	}
	return b.String()
}

// longUppers are the characters that become several ones in upper case.
var longUppers = sync.OnceValue(func() map[rune]string {
	table := make(map[rune]string)
	for _, row := range readTable("upper") {
		for _, c := range row[0] {
			table[c] = row[1]
		}
	}
	return table
})

// headerValue joins the members of an array with commas; what is wrong with members is reported on the value.
func (r *run) headerValue(v *event.Value) {
	if v.IsNull() {
		return
	}
	if v.Kind() != event.Array {
		r.lenient(v)
		return
	}
	var text []byte
	for _, m := range v.Members() {
		if !m.Value.IsNull() {
			r.lenient(m.Value)
		}
		if meta := m.Value.Meta(); meta.HasErrors() {
			for _, e := range meta.Errors {
				r.d.MetaOf(v).AddError(e)
			}
		}
		if s, ok := m.Value.Str(); ok {
			if len(text) > 0 {
				text = append(text, ',')
			}
			text = append(text, s...)
		}
	}
	v.SetString(r.d.Intern(text))
}

// cookieList replaces a cookie text by its pairs; bad pieces are dropped and reported. The text is kept as the original when there is an error, also
// one that the client reported, unless the client recorded an original.
func (r *run) cookieList(v *event.Value) {
	text := v.Text()
	kids, problems := r.cookies(text)
	v.SetArray(kids)
	for _, p := range problems {
		r.d.AddError(v, event.InvalidData, p)
	}
	if m := v.Meta(); m.HasErrors() && m.Original.IsNull() {
		r.d.SetOriginal(v, r.d.NewString(text))
	}
}

// cookies splits the text of a Cookie header into pairs.
func (r *run) cookies(text string) (kids []event.Member, problems []string) {
	for piece := range strings.SplitSeq(text, ";") {
		if piece = strings.TrimFunc(piece, unicode.IsSpace); piece == "" {
			continue
		}
		name, value, ok := strings.Cut(piece, "=")
		name, value = strings.TrimFunc(name, unicode.IsSpace), strings.TrimFunc(value, unicode.IsSpace)
		switch {
		case !ok:
			problems = append(problems, "the cookie is missing a name/value pair")
			continue
		case name == "":
			problems = append(problems, "the cookie's name is empty")
			continue
		}
		name, value = percentDecode(name), percentDecode(value)
		if !utf8.ValidString(name) || !utf8.ValidString(value) {
			problems = append(problems, "decoding the cookie's name or value resulted in invalid UTF-8")
			continue
		}
		kids = append(kids, event.Member{Value: newPair(r.d, name, r.d.NewString(value))})
	}
	return kids, problems
}

// percentDecode replaces valid %xx sequences and leaves everything else, also the result may be invalid UTF-8.
func percentDecode(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && unhex(s[i+1])|unhex(s[i+2]) <= 15 {
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

// queryPairs decodes application/x-www-form-urlencoded.
func (r *run) queryPairs(s string) (kids []event.Member) {
	for piece := range strings.SplitSeq(s, "&") {
		if piece == "" {
			continue
		}
		key, value, _ := strings.Cut(piece, "=")
		kids = append(kids, event.Member{Value: newPair(r.d, formDecode(key), r.d.NewString(formDecode(value)))})
	}
	return kids
}

func formDecode(s string) string {
	if strings.IndexByte(s, '+') >= 0 {
		s = strings.ReplaceAll(s, "+", " ")
	}
	return lossy(percentDecode(s))
}

// lossy replaces every maximal piece of a text that is the start of no character by U+FFFD, as browsers do.
func lossy(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if r, n := utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || n > 1 {
			b.WriteString(s[i : i+n])
			i += n
			continue
		}
		b.WriteRune(utf8.RuneError)
		n := 1
		for n < 4 && i+n < len(s) && !utf8.FullRuneInString(s[i:i+n]) && s[i+n]&0xC0 == 0x80 {
			if r, w := utf8.DecodeRuneInString(s[i : i+n+1]); r == utf8.RuneError && w == 1 && utf8.FullRuneInString(s[i:i+n+1]) {
				break
			}
			n++
		}
		i += n
	}
	return b.String()
}

// findPair returns the first pair with the given key (text, exact) and its index, -1 when there is none.
func findPair(list *event.Value, key string) (int, *event.Value) {
	for i, m := range list.Members() {
		if k, ok := m.Value.Index(0).Str(); ok && k == key {
			return i, m.Value
		}
	}
	return -1, nil
}
