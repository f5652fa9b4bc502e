package normalize

import (
	"strconv"
	"strings"
	"unicode"

	"weir/codecs/event"
)

// check applies required, nonempty, trimming of white space and character sets, depth first (8.2).
func (r *run) check(v *event.Value) {
	n := r.at(v)
	if !n.checked {
		return
	}
	switch v.Kind() {
	case event.String:
		r.checkText(v, n)
	case event.Array, event.Object:
		if n.st != nil {
			for _, f := range n.st.needs {
				r.require(v, f)
			}
		}
		for _, m := range v.Members() {
			r.check(m.Value)
		}
		if n.nonempty && n.st == nil && v.Len() == 0 {
			r.d.AddError(v, event.InvalidData, "expected a non-empty value")
			v.SetNull()
		}
	}
}

// require reports a field without value and without error.
func (r *run) require(v *event.Value, f *node) {
	x := v.Get(f.name)
	if x != nil && x.Tag() != f.id {
		x = nil // an unknown key of the same name, carried over from another type (9.6)
	}
	if !x.IsNull() || x.Meta().HasErrors() || f.required == valueOrMeta && !x.Meta().IsEmpty() {
		return
	}
	if x == nil {
		x = r.insert(v, f.name, f)
	}
	r.d.AddError(x, event.MissingAttribute, "")
}

func (r *run) checkText(v *event.Value, n *node) {
	s := v.Text()
	if n.trimWhitespace {
		s = strings.TrimFunc(s, unicode.IsSpace)
		r.setText(v, s)
	}
	if n.nonempty && s == "" {
		r.d.AddError(v, event.InvalidData, "expected a non-empty string")
		v.SetNull()
		return
	}
	bad, found := n.allow.firstBad(s)
	if !found {
		bad, found = n.deny.firstBad(s)
	}
	if found {
		r.d.SoftDelete(v)
		r.d.AddError(v, event.InvalidData, "invalid character "+quoteChar(bad))
	}
}

// quoteChar writes a character in single quotes, with escapes for what cannot be seen.
func quoteChar(c rune) string {
	switch c {
	case 0:
		return `'\0'`
	case '"':
		return `'"'`
	}
	extends := unicode.In(c, unicode.Mn, unicode.Me, unicode.Other_Grapheme_Extend)
	if c < 0x20 && c != '\n' && c != '\r' && c != '\t' || c == 0x7f || c > 0x7f && (extends || !unicode.IsPrint(c)) {
		return `'\u{` + strconv.FormatInt(int64(c), 16) + `}'`
	}
	return strconv.QuoteRune(c)
}
