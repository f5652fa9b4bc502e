package normalize

import (
	"strings"
	"unicode/utf8"

	"weir/codecs/event"
)

// request brings method, URL, body and cookies into their canonical places (9.17).
func (r *run) request() {
	req := r.d.Root.Get("request")
	if req.IsNull() {
		return
	}
	if v := req.Get("method"); !v.IsNull() {
		r.setText(v, asciiUpper(v.Text()))
		if !v.Meta().HasErrors() && !validMethod(v.Text()) {
			r.rejectName(v)
		}
	}
	r.requestURL(req)
	r.body(req, req.Get("data"), true)
	r.cookieHeader(req, "Cookie")
}

func asciiUpper(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 'a' && c <= 'z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i] >= 'a' && b[i] <= 'z' {
					b[i] -= 0x20
				}
			}
			return string(b)
		}
	}
	return s
}

func validMethod(s string) bool {
	if len(s) < 3 || len(s) > 32 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !(c >= 'A' && c <= 'Z' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// requestURL moves query and fragment out of the URL and writes it in canonical form.
func (r *run) requestURL(req *event.Value) {
	v := req.Get("url")
	text, ok := v.Str()
	if !ok {
		return
	}
	if strings.HasSuffix(text, "…") {
		text = strings.TrimSuffix(text, "…") + "..."
	}
	if before, path, rest, ok := plainURL(text); ok && rest == "" {
		r.setText(v, text[:len(before)+len(path)])
		return
	}
	if u, ok := parseURL(text); ok {
		if u.hasQuery {
			r.setQuery(req, u.query)
		}
		if u.hasFragment {
			r.setFragment(req, u.fragment)
		}
		r.setText(v, u.bare())
		return
	}
	if before, fragment, found := strings.Cut(text, "#"); found {
		if fragment != "" {
			r.setFragment(req, fragment)
		}
		text = before
	}
	if before, query, found := strings.Cut(text, "?"); found {
		r.setQuery(req, strings.TrimPrefix(query, "?"))
		text = before
	}
	r.setText(v, text)
}

func (r *run) setFragment(req *event.Value, s string) {
	if v := r.slot(req, "fragment"); v.IsNull() {
		v.SetString(s)
	}
}

func (r *run) setQuery(req *event.Value, s string) {
	v := r.slot(req, "query_string")
	if !v.IsNull() {
		return
	}
	if kids := r.queryPairs(s); len(kids) > 0 {
		v.SetArray(kids)
		r.coerce(v, r.at(v))
	}
}

// body parses a text body and says what it was (9.17.3). Forms are only guessed for requests.
func (r *run) body(owner, data *event.Value, guessForm bool) {
	kind := ""
	if s, ok := data.Str(); ok {
		tag := data.Tag()
		if parsed, err := r.d.ParseText(s); err == nil && !parsed.IsNull() {
			r.free(parsed)
			data.TakeContent(parsed)
			kind = "application/json"
		} else if form := r.form(s); guessForm && form != nil {
			data.TakeContent(form)
			kind = "application/x-www-form-urlencoded"
		}
		data.SetTag(tag)
	}
	if kind == "" {
		_, pair := findPair(owner.Get("headers"), "Content-Type")
		kind, _, _ = strings.Cut(pair.Index(1).Text(), ";")
	}
	inferred := r.slot(owner, "inferred_content_type")
	inferred.SetMeta(nil)
	inferred.SetNull()
	if kind != "" {
		inferred.SetString(kind)
	}
}

// form decodes an urlencoded body into an object, nil if it does not look like one.
func (r *run) form(s string) *event.Value {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return nil
		}
	}
	if strings.HasPrefix(s, "<?xml") || strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[") {
		return nil
	}
	pairs := r.queryPairs(s)
	index := make(map[string]int, len(pairs))
	object := r.d.NewObject(len(pairs))
	for _, m := range pairs {
		key, value := m.Value.Index(0).Text(), m.Value.Index(1)
		if i, ok := index[key]; ok {
			object.SetAt(i, value)
			continue
		}
		index[key] = object.Len()
		object.Insert(object.Len(), key, value)
	}
	if object.Len() == 0 {
		return nil
	}
	if object.Len() == 1 {
		if v := object.Members()[0].Value.Text(); v == "" || v == "=" {
			return nil
		}
	}
	object.SortKeys()
	return object
}

// cookieHeader moves the cookies out of the header, if all of them can be read (9.17.4).
func (r *run) cookieHeader(owner *event.Value, name string) {
	headers := owner.Get("headers")
	i, pair := findPair(headers, name)
	if i < 0 {
		return
	}
	if owner.Get("cookies").IsNull() {
		text, ok := pair.Index(1).Str()
		if !ok {
			return
		}
		kids, problems := r.cookies(text)
		if len(problems) > 0 {
			return
		}
		v := r.slot(owner, "cookies")
		v.SetMeta(nil)
		v.SetArray(kids)
		r.coerce(v, r.at(v))
	}
	headers.RemoveAt(i)
}
