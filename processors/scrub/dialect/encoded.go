package dialect

import (
	"unicode"
	"unicode/utf8"
)

// Patterns for bytes may ask for Unicode, with (?u): their characters are then those of UTF-8, of which each byte is a character of the text.

// encoded returns the node of a class whose characters are written in UTF-8.
func encoded(c ranges) *node {
	if len(c) == 0 || c[len(c)-1].hi < utf8.RuneSelf {
		return &node{op: opClass, class: c}
	}
	var tree trie
	c.sequences(func(a, b []byte) { tree.add(a, b) })
	return &node{op: opEncoded, class: c, kids: []*node{tree.node()}}
}

// trie holds byte sequences by their first bytes, in order.
type trie struct {
	ways []way
}

// way is a range of bytes and what may follow.
type way struct {
	lo, hi byte
	next   trie
}

// add adds sequences, of which the ones that begin with the same ranges come one after the other.
func (t *trie) add(a, b []byte) {
	if len(a) == 0 {
		return
	}
	if n := len(t.ways); n == 0 || t.ways[n-1].lo != a[0] || t.ways[n-1].hi != b[0] {
		t.ways = append(t.ways, way{lo: a[0], hi: b[0]})
	}
	t.ways[len(t.ways)-1].next.add(a[1:], b[1:])
}

// node returns the alternatives, those that end as one class.
func (t *trie) node() *node {
	var last ranges
	var alternatives []*node
	for i := range t.ways {
		w := &t.ways[i]
		first := span{rune(w.lo), rune(w.hi)}
		if len(w.next.ways) == 0 {
			last = append(last, first)
			continue
		}
		alternatives = append(alternatives, &node{op: opConcat, kids: []*node{{op: opClass, class: ranges{first}}, w.next.node()}})
	}
	if last != nil {
		alternatives = append(alternatives, &node{op: opClass, class: set(last...)})
	}
	return join(opAlternate, alternatives)
}

// sequences tells of the byte sequences of the characters in UTF-8, in order: each is all that lies between a and b, byte by byte.
func (c ranges) sequences(yield func(a, b []byte)) {
	for _, s := range c {
		for _, part := range [...]span{{0, 0x7f}, {0x80, 0x7ff}, {0x800, 0xd7ff}, {0xe000, 0xffff}, {0x10000, unicode.MaxRune}} {
			if lo, hi := max(s.lo, part.lo), min(s.hi, part.hi); lo <= hi {
				split(lo, hi, yield)
			}
		}
	}
}

// split takes characters whose encodings have the same length apart into as few sequences as there can be.
func split(lo, hi rune, yield func(a, b []byte)) {
	for i := 1; i < utf8.RuneLen(lo); i++ {
		mask := rune(1)<<(6*i) - 1
		if lo&^mask == hi&^mask {
			continue
		}
		if lo&mask != 0 {
			split(lo, lo|mask, yield)
			split(lo|mask+1, hi, yield)
			return
		}
		if hi&mask != mask {
			split(lo, hi&^mask-1, yield)
			split(hi&^mask, hi, yield)
			return
		}
	}
	var a, b [utf8.UTFMax]byte
	n := utf8.EncodeRune(a[:], lo)
	utf8.EncodeRune(b[:], hi)
	yield(a[:n], b[:n])
}

// decodedAfter decodes the character whose bytes begin at pos, -1 at the end of the text; ok says that it is one.
func decodedAfter(s string, pos int) (r rune, ok bool) {
	var b [utf8.UTFMax]byte
	n := 0
	for _, c := range s[pos:] {
		if n == len(b) {
			break
		}
		b[n] = byte(c)
		n++
	}
	if n == 0 {
		return -1, true
	}
	r, size := utf8.DecodeRune(b[:n])
	return word(r, size)
}

// decodedBefore decodes the character whose bytes end at pos, -1 at the start of the text.
func decodedBefore(s string, pos int) (r rune, ok bool) {
	var b [utf8.UTFMax]byte
	at := len(b)
	for at > 0 && pos > 0 {
		c, width := utf8.DecodeLastRuneInString(s[:pos])
		pos -= width
		at--
		b[at] = byte(c)
	}
	if at == len(b) {
		return -1, true
	}
	r, size := utf8.DecodeLastRune(b[at:])
	return word(r, size)
}

// word returns what was decoded, and for what is no character one that is no word character.
func word(r rune, size int) (rune, bool) {
	if r == utf8.RuneError && size == 1 {
		return 0, false
	}
	return r, true
}
