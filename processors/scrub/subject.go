package scrub

import (
	"strings"
	"unicode/utf8"

	"weir/codecs/event"
)

// subject is one value while rules are applied to it.
type subject struct {
	key     string // the last key of its path
	hasKey  bool
	text    string
	hasText bool
	value   *event.Value // the node, nil for an original value
	meta    *event.Meta  // nil until there is something to say
	changed bool

	keyFeatures features
	keyScanned  bool

	pieces []piece // the text split by its remarks (scrub 4.5); valid when split
	split  bool
	plain  bool   // no redaction pieces and no NUL: the search text is the text itself
	sought string // the search text
	spent  bool   // no text pieces: nothing can match any more

	features features // of the search text, when scanned
	scanned  bool
}

func (s *subject) keyMatches(m matcher) bool {
	if !s.keyScanned {
		s.keyFeatures, s.keyScanned = scan(s.key), true
	}
	return m.possible(&s.keyFeatures) && m.match(s.key)
}

// possible reports whether m can occur in the search text.
func (s *subject) possible(m matcher) bool {
	if !s.scanned {
		s.features, s.scanned = scan(s.sought), true
	}
	return m.possible(&s.features)
}

// piece is a part of a text: as it was sent, or written by a redaction.
type piece struct {
	text   string
	rule   string // of a redaction
	remark byte   // of a redaction; 0: text
}

// prepare splits the text by its ranged remarks and makes the search text.
func (w *walker) prepare(s *subject) {
	if s.split {
		return
	}
	s.split, s.spent, s.pieces = true, false, s.pieces[:0]
	at := 0
	if s.meta != nil {
		at = s.splitRemarks(s.meta.Remarks)
	}
	if len(s.pieces) == 0 && strings.IndexByte(s.text, 0) < 0 {
		s.plain, s.sought = true, s.text
		s.spent = s.text == ""
		return
	}
	if at < len(s.text) {
		s.pieces = append(s.pieces, piece{text: s.text[at:]})
	}
	s.plain, s.spent = false, true
	for _, p := range s.pieces {
		s.spent = s.spent && p.remark != 0
	}
	if s.spent {
		return
	}
	buf := w.buf[:0]
	for _, p := range s.pieces {
		if p.remark != 0 {
			buf = append(buf, 0)
			continue
		}
		for i := 0; i < len(p.text); i++ {
			if c := p.text[i]; c != 0 {
				buf = append(buf, c)
			}
		}
	}
	w.buf = buf
	s.sought = w.doc.Intern(buf)
}

func (s *subject) splitRemarks(remarks []event.Remark) (at int) {
	for _, r := range remarks {
		if !r.HasRange {
			continue
		}
		if r.Start < at || r.End < r.Start || r.End > len(s.text) || !boundary(s.text, r.Start) || !boundary(s.text, r.End) {
			break
		}
		if r.Start > at {
			s.pieces = append(s.pieces, piece{text: s.text[at:r.Start]})
		}
		s.pieces = append(s.pieces, piece{s.text[r.Start:r.End], r.Rule, r.Type})
		at = r.End
	}
	return at
}

// boundary reports whether a character begins or the text ends at byte i.
func boundary(s string, i int) bool { return i == len(s) || utf8.RuneStart(s[i]) }

// search runs a value test.
func (w *walker) search(s *subject, r *compiledRule, t *test) {
	w.prepare(s)
	if s.spent || !s.possible(t.m) {
		return
	}
	if t.whole {
		if t.m.match(s.sought) {
			w.redactAll(s, r)
		}
		return
	}
	var matched bool
	if w.spans, matched = t.m.spans(w.spans[:0], s.sought); matched {
		w.redact(s, r, w.spans)
	}
}

// redactAll makes the entire text one redaction. A cookie whose name stands in the key has no value that could be found in
// the text, which stays.
func (w *walker) redactAll(s *subject, r *compiledRule) {
	if w.prepare(s); s.spent {
		return
	}
	w.spans = w.spans[:0]
	if r.kind != kindCookies {
		w.spans = append(w.spans, span{0, len(s.sought)})
	}
	w.redact(s, r, w.spans)
}

// redact replaces parts of the search text and puts earlier redactions back where their NUL was not part of a match.
func (w *walker) redact(s *subject, r *compiledRule, spans []span) {
	out := builder{buf: w.buf[:0], remarks: w.remarks[:0]}
	earlier := 0
	keep := func(text string) {
		for !s.plain {
			nul := strings.IndexByte(text, 0)
			if nul < 0 {
				break
			}
			out.buf = append(out.buf, text[:nul]...)
			text = text[nul+1:]
			for ; earlier < len(s.pieces); earlier++ {
				if p := &s.pieces[earlier]; p.remark != 0 {
					out.add(p.rule, p.remark, p.text)
					earlier++
					break
				}
			}
		}
		out.buf = append(out.buf, text...)
	}
	at := 0
	for _, m := range spans {
		keep(s.sought[at:m.start])
		out.redaction(r, s.sought[m.start:m.end])
		at = m.end
	}
	keep(s.sought[at:])
	w.buf, w.remarks = out.buf, out.remarks
	if string(out.buf) == s.text {
		return
	}
	m := w.metaOf(s)
	if m.OriginalLen == nil {
		n := w.slab.length()
		*n = uint64(utf8.RuneCountInString(s.text))
		m.OriginalLen = n
	}
	m.Remarks = append(w.slab.list(len(out.remarks)), out.remarks...)
	s.text = w.doc.Intern(out.buf)
	s.changed, s.split, s.scanned = true, false, false
}

// builder collects a text and the remarks about it.
type builder struct {
	buf     []byte
	remarks []event.Remark
}

func (b *builder) add(rule string, kind byte, text string) {
	start := len(b.buf)
	b.buf = append(b.buf, text...)
	if kind != 0 {
		b.remarks = append(b.remarks, event.Remark{Rule: rule, Type: kind, Start: start, End: len(b.buf), HasRange: true})
	}
}

// redaction appends what stands in the place of a match.
func (b *builder) redaction(r *compiledRule, match string) {
	start := len(b.buf)
	b.buf = r.redaction.appendTo(b.buf, match)
	if kind := remarkTypes[r.redaction.method]; kind != 0 {
		b.remarks = append(b.remarks, event.Remark{Rule: r.id, Type: kind, Start: start, End: len(b.buf), HasRange: true})
	}
}
