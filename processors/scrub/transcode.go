package scrub

import (
	"bytes"
	"strconv"

	"weir/codecs/event"
	"weir/codecs/jsontext"
	"weir/processors/scrub/selector"
)

// transcoder copies valid JSON as compact JSON and offers texts to the rules of passes, one pass after the other. Keys are the
// path; positions in lists add nothing to it. Key order, duplicate keys and integers of 64 bits stay, other numbers
// are floats in their shortest form.
type transcoder struct {
	walkers [2]*walker
	n       int // passes
	doc     *event.Doc
	path    []selector.Component
	offers  func(path []selector.Component) bool // whether a text at the path is offered

	src []byte
	i   int
	out []byte
}

func newTranscoder(src []byte, offers func([]selector.Component) bool, passes ...*pass) *transcoder {
	t := &transcoder{src: src, offers: offers, doc: event.New(), path: []selector.Component{selector.Root(0)}}
	for _, p := range passes[:min(len(passes), len(t.walkers))] {
		w := walkers.Get().(*walker)
		w.pass, w.doc, w.flat = p, t.doc, false
		t.walkers[t.n] = w
		t.n++
	}
	return t
}

// release gives back what was borrowed. The output stays.
func (t *transcoder) release() {
	for _, w := range t.walkers[:t.n] {
		w.release()
	}
	t.doc.Release()
}

// value copies the value that begins at t.i, which must be valid.
func (t *transcoder) value() {
	t.i = jsontext.SkipSpace(t.src, t.i)
	switch c := t.src[t.i]; c {
	case '{', '[':
		t.container(c)
	case '"':
		t.text(t.literal())
	case 't', 'f', 'n':
		t.out = append(t.out, t.literal()...)
	default:
		t.out = appendNumber(t.out, t.literal())
	}
}

func (t *transcoder) container(open byte) {
	end := open + 2 // ] is two behind [, } behind {
	t.out = append(t.out, open)
	t.i = jsontext.SkipSpace(t.src, t.i+1)
	for t.src[t.i] != end {
		if t.src[t.i] == ',' {
			t.out = append(t.out, ',')
			t.i = jsontext.SkipSpace(t.src, t.i+1)
		}
		if open == '{' {
			t.member()
		} else {
			t.value()
		}
		t.i = jsontext.SkipSpace(t.src, t.i)
	}
	t.out = append(t.out, end)
	t.i++
}

// member copies a key and its value. The contract does not put a key that is written with an escape on the path and still takes one off behind its
// value, so that what follows seems to stand one level higher.
func (t *transcoder) member() {
	raw := t.literal()
	key, _ := jsontext.String(raw)
	t.out = append(event.AppendString(t.out, key), ':')
	t.i = jsontext.SkipSpace(t.src, t.i) + 1
	if bytes.IndexByte(raw, '\\') < 0 {
		t.path = append(t.path, selector.Field(key, 0))
	}
	t.value()
	t.path = t.path[:max(len(t.path)-1, 1)]
}

// literal takes a text, number or word.
func (t *transcoder) literal() []byte {
	from := t.i
	if t.src[t.i] == '"' {
		for t.i++; t.src[t.i] != '"'; t.i++ {
			if t.src[t.i] == '\\' {
				t.i++
			}
		}
		t.i++
		return t.src[from:t.i]
	}
	for t.i < len(t.src) && inLiteral[t.src[t.i]] {
		t.i++
	}
	return t.src[from:t.i]
}

// inLiteral are the bytes of numbers and words.
var inLiteral = func() (in [256]bool) {
	for _, c := range "0123456789+-.eEtrufalsn" {
		in[c] = true
	}
	return
}()

func (t *transcoder) text(raw []byte) {
	text, _ := jsontext.Text(raw)
	if !t.selected() || !offered(string(text)) {
		t.out = event.AppendString(t.out, string(text))
		return
	}
	s := string(text)
	for _, w := range t.walkers[:t.n] {
		s = w.textAt(t.path, s)
	}
	t.out = event.AppendString(t.out, s)
}

// selected reports whether a rule may change a text at the current path.
func (t *transcoder) selected() bool {
	if !t.offers(t.path) {
		return false
	}
	top := &t.path[len(t.path)-1]
	for _, w := range t.walkers[:t.n] {
		if len(w.pass.set.Candidates(selector.True, top)) > 0 {
			return true
		}
	}
	return false
}

// textAt returns what the rules leave of a text without metadata of its own: nothing if one deletes it.
func (w *walker) textAt(path []selector.Component, text string) string {
	if !offered(text) {
		return text
	}
	top := &path[len(path)-1]
	top.Types = selector.String
	defer func() { top.Types = 0 }()
	var thrownAway event.Meta
	s := &w.text
	*s = subject{pieces: s.pieces[:0], text: text, hasText: true, meta: &thrownAway}
	s.key, s.hasKey = top.LastKey()
	for _, c := range w.pass.set.Candidates(selector.True, top) {
		if c.Matches(path) && w.apply(s, &w.pass.apps[c.At]) {
			return ""
		}
	}
	return s.text
}

// isInt64 reports whether a number is an integer of 64 bits, with or without a sign.
func isInt64(literal string) bool {
	_, err := strconv.ParseInt(literal, 10, 64)
	if err != nil {
		_, err = strconv.ParseUint(literal, 10, 64)
	}
	return err == nil
}

// appendNumber keeps integers as they are and writes everything else in the shortest form.
func appendNumber(dst, literal []byte) []byte {
	if string(literal) != "-0" && isInt64(string(literal)) {
		return append(dst, literal...)
	}
	f, err := strconv.ParseFloat(string(literal), 64)
	if err != nil {
		return append(dst, literal...)
	}
	return event.AppendFloat(dst, f)
}
