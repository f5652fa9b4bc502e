package scrub

import (
	"strings"
	"sync"
	"unicode/utf8"

	"weir/processors/scrub/dialect"
)

// byteTest is a test as it applies to the content of an attachment (scrub 9.2): on bytes first, on UTF-16 text between the
// matches second.
type byteTest struct {
	bytes byteMatcher // nil when the pattern has no form for bytes
	wide  matcher
	whole bool
	each  byteMatcher // finds every match where bytes only finds out whether there is one; nil: bytes does
}

// hit is a match in bytes: what lies between start and end, and the parts to overwrite, none of them empty. The list of parts is the finder's: it
// changes with the next match.
type hit struct {
	start, end int
	parts      []span
}

// byteMatcher finds a pattern in bytes.
type byteMatcher interface {
	// hits calls yield for every match from left to right.
	hits(content []byte, n *narrow, yield func(hit))
}

// narrow is a content with every byte that is not ASCII replaced by a control character.
type narrow struct {
	text     string
	features features
}

// byteTests builds the tests of a rule.
func (r *rule) byteTests() []byteTest {
	switch r.kind {
	case kindPattern, kindRedactPair:
		whole := r.kind == kindRedactPair
		groups := r.groups
		if whole {
			groups = []uint8{0}
		}
		t := byteTest{wide: nothing{}, whole: whole}
		re, err := dialect.Compile(r.pattern, dialect.Options{CaseInsensitive: r.fold})
		if err != nil { // a pattern for bytes alone is none
			return []byteTest{t}
		}
		t.wide = &regex{re: re, groups: groups}
		if re, err := dialect.Compile(r.pattern, dialect.Options{Bytes: true}); err == nil {
			t.bytes = &byteRegex{re, groups}
		}
		return []byteTest{t}
	case kindAnything:
		return []byteTest{{bytes: everything{}, wide: lines{}}} // wide counts in names alone: elsewhere nothing is left
	case kindPassword:
		return passwordBytes()
	}
	var out []byteTest
	for _, t := range builtinTests()[r.kind] {
		out = append(out, byteTest{bytes: asciiMatcher{t.m}, wide: t.m, whole: t.whole})
	}
	return out
}

// passwordBytes are the tests of passwords: on bytes, what a key would be tested for is tested on the content, too.
var passwordBytes = sync.OnceValue(func() []byteTest {
	return []byteTest{
		{bytes: asciiMatcher{findBearer}, wide: findBearer},
		{asciiMatcher{tokenWord{}}, mustCompile(patternToken, tokenWord{}.possible), true, inBytes(patternToken)},
		{asciiMatcher{secrets{}}, mustCompile(patternSecrets, secrets{}.possible), true, inBytes(patternSecrets)},
	}
})

// inBytes compiles a builtin pattern for bytes.
func inBytes(pattern string) byteMatcher {
	re, err := dialect.Compile(pattern, dialect.Options{Bytes: true})
	if err != nil {
		return everything{} // unreachable: constant patterns
	}
	return &byteRegex{re, []uint8{0}}
}

// everything matches all bytes as one.
type everything struct{}

func (everything) hits(content []byte, _ *narrow, yield func(hit)) {
	if len(content) > 0 {
		yield(hit{0, len(content), []span{{0, len(content)}}})
	}
}

// asciiMatcher runs a builtin matcher. Its pattern says nothing about characters beyond ASCII but that they are no words,
// digits or spaces, which is what they are in bytes; the control character in their place is the same.
type asciiMatcher struct{ m matcher }

func (a asciiMatcher) hits(_ []byte, n *narrow, yield func(hit)) {
	if !a.m.possible(&n.features) {
		return
	}
	switch m := a.m.(type) {
	case *finder:
		parts := make([]span, 1)
		for at := 0; ; {
			part, end, ok := m.next(n.text, at)
			if !ok {
				return
			}
			parts[0] = part
			yield(hit{part.start, end, parts})
			at = end
		}
	case *uuids:
		asciiMatcher{findUUID}.hits(nil, n, yield)
	case *regex:
		if m.hint == nil || m.hint(n.text) {
			var h hit
			m.re.All(n.text, func(loc []int) { yield(h.groups(loc, m.groups, new(offsets))) })
		}
	default:
		if m.match(n.text) {
			yield(hit{0, len(n.text), nil})
		}
	}
}

// groups turns the offsets of a match into a hit, in the room of h; o maps offsets of the text to offsets of the content.
func (h *hit) groups(loc []int, groups []uint8, o *offsets) hit {
	*h = hit{start: o.begin(loc[0]), parts: h.parts[:0]}
	for _, g := range groups {
		if i := 2 * int(g); i+1 < len(loc) && loc[i] >= 0 && loc[i+1] > loc[i] {
			h.parts = append(h.parts, span{o.at(loc[i]), o.at(loc[i+1])})
		}
	}
	h.end = o.at(loc[1])
	return *h
}

// byteRegex runs a user pattern on bytes, each of them one character.
type byteRegex struct {
	re     *dialect.Regexp
	groups []uint8
}

func (b *byteRegex) hits(content []byte, _ *narrow, yield func(hit)) {
	o := latin1(content)
	var h hit
	b.re.All(o.text, func(loc []int) { yield(h.groups(loc, b.groups, o)) })
}

// offsets maps offsets in a text to offsets in the bytes whose characters it has.
type offsets struct {
	text string
	wide bool // some bytes take two in the text
	// The start of the current match, in the text and in the bytes.
	from, fromByte int
}

// begin maps the start of a match. Matches come in order.
func (o *offsets) begin(i int) int {
	o.fromByte = o.at(i)
	o.from = i
	return o.fromByte
}

// at maps an offset at or behind the start of the current match.
func (o *offsets) at(i int) int {
	if !o.wide {
		return i
	}
	return o.fromByte + utf8.RuneCountInString(o.text[o.from:i])
}

// latin1 writes every byte as the character of that number.
func latin1(content []byte) *offsets {
	high := 0
	for _, c := range content {
		high += int(c >> 7)
	}
	if high == 0 {
		return &offsets{text: string(content)}
	}
	var b strings.Builder
	b.Grow(len(content) + high)
	for _, c := range content {
		b.WriteRune(rune(c))
	}
	return &offsets{text: b.String(), wide: true}
}

func newNarrow(content []byte) *narrow {
	b := make([]byte, len(content))
	for i, c := range content {
		if c >= utf8.RuneSelf {
			c = 1
		}
		b[i] = c
	}
	text := string(b)
	return &narrow{text, scan(text)}
}

// nothing matches nothing: a pattern that does not compile.
type nothing struct{}

func (nothing) possible(*features) bool                   { return false }
func (nothing) match(string) bool                         { return false }
func (nothing) spans(dst []span, _ string) ([]span, bool) { return dst, false }
