package scrub

import (
	"strings"

	"weir/codecs/event"
	"weir/processors/scrub/selector"
)

// offer hands a value to the applications that select it, one after the other (scrub 4.1, 4.3), and reports whether one
// deleted it.
func (w *walker) offer(v *event.Value, sh *shape, level sensitivity) (deleted bool) {
	kind := v.Kind()
	if kind < event.Number { // null and booleans
		return false
	}
	top := &w.path[len(w.path)-1]
	candidates := w.pass.set.Candidates(selector.Sensitivity(level), top)
	if len(candidates) == 0 {
		return false
	}
	s := &w.text
	*s = subject{pieces: s.pieces[:0], value: v, meta: v.Meta()}
	s.key, s.hasKey = top.LastKey()
	base := ""
	if text, ok := v.Str(); ok {
		if sh.form == formPath {
			text, base = splitPath(text)
		}
		if !offered(text) {
			return false
		}
		s.hasText, s.text = true, text
	}
	for i := range candidates {
		if c := &candidates[i]; c.Matches(w.path) {
			if deleted = w.apply(s, &w.pass.apps[c.At]); deleted {
				break
			}
		}
	}
	switch {
	case deleted && base != "":
		v.SetString(base[1:])
	case deleted:
		v.SetNull()
	case s.changed:
		v.SetString(w.doc.Concat(s.text, base))
	}
	return deleted
}

// offered reports whether a text is given to rules at all.
func offered(s string) bool {
	switch s {
	case "", "true", "false", "null", "undefined":
		return false
	}
	return true
}

// splitPath returns the directory of a path, without the last separator, and the rest with it; everything is rest when
// there is no separator (scrub 8.1).
func splitPath(s string) (dir, base string) {
	i := strings.LastIndexAny(s, `/\`)
	return s[:max(i, 0)], s[max(i, 0):]
}

// original scrubs the rejected input that normalization left in the metadata, as if it stood one level deeper under the
// same key (scrub 4.7).
func (w *walker) original(m *event.Meta, level sensitivity) {
	text, ok := m.Original.Str() // it may be gone after an earlier visit
	if !ok {
		return
	}
	c := w.path[len(w.path)-1].Below(selector.String)
	w.path = append(w.path, c)
	defer func() { w.path = w.path[:len(w.path)-1] }()
	s := &w.text
	var thrownAway event.Meta
	*s = subject{pieces: s.pieces[:0], text: text, hasText: true, meta: &thrownAway}
	s.key, s.hasKey = c.LastKey()
	for _, c := range w.pass.set.Candidates(selector.Sensitivity(level), &c) {
		if c.Matches(w.path) && w.apply(s, &w.pass.apps[c.At]) {
			m.Original = nil
			return
		}
	}
	if s.changed {
		m.Original.SetString(s.text)
	}
}

// apply runs the rules of one application on the subject and reports whether one deleted it.
func (w *walker) apply(s *subject, app *compiledApplication) (deleted bool) {
	for i := range app.rules {
		if w.rule(s, &app.rules[i]) {
			return true
		}
	}
	return false
}

// rule runs one rule (scrub 4.4).
func (w *walker) rule(s *subject, r *compiledRule) (deleted bool) {
	soft := r.redaction.soft()
	if r.kind == kindAnything && !(s.hasText && soft) {
		w.remarkDeleted(s, r)
		return true
	}
	for i := range r.tests {
		t := &r.tests[i]
		switch {
		case t.key && s.hasKey && s.keyMatches(t.m):
			if !s.hasText || !soft {
				w.remarkDeleted(s, r)
				return true
			}
			w.redactAll(s, r)
		case t.value && s.hasText:
			w.search(s, r, t)
		}
	}
	return false
}

func (w *walker) remarkDeleted(s *subject, r *compiledRule) {
	m := w.metaOf(s)
	m.Remarks = append(append(w.slab.list(len(m.Remarks)+1), m.Remarks...), event.Remark{Rule: r.id, Type: 'x'})
}

// metaOf returns the metadata that the subject's remarks go to.
func (w *walker) metaOf(s *subject) *event.Meta {
	if s.meta == nil {
		s.meta = w.doc.MetaOf(s.value)
	}
	return s.meta
}
