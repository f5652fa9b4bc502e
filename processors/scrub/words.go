package scrub

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// words finds any of many words in one go over a text, without regard to case (Unicode simple folding): an Aho-Corasick
// automaton over the bytes that occur in the words. Words are ASCII.
type words struct {
	class [256]uint8
	next  []uint16 // state*width + class
	found []uint8  // by state: bits of the words that end there
	width int
}

// word is a word to find, in lower case, and the bit that says that it was.
type word struct {
	text string
	bit  uint8
}

// Two characters outside ASCII fold into it.
const (
	longS  = "\u017f"
	kelvin = "\u212a"
)

func newWords(list []word) *words {
	w := &words{width: 1}
	for _, x := range list {
		for i := 0; i < len(x.text); i++ {
			c := x.text[i]
			if w.class[c] == 0 {
				w.class[c] = uint8(w.width)
				w.class[upper(c)] = uint8(w.width)
				w.width++
			}
		}
	}
	w.grow()
	for _, x := range list {
		at := 0
		for i := 0; i < len(x.text); i++ {
			step := at*w.width + int(w.class[x.text[i]])
			if w.next[step] == 0 {
				w.next[step] = uint16(w.grow())
			}
			at = int(w.next[step])
		}
		w.found[at] |= x.bit
	}
	w.link()
	return w
}

func (w *words) grow() int {
	w.next = append(w.next, make([]uint16, w.width)...)
	w.found = append(w.found, 0)
	return len(w.found) - 1
}

// link completes the trie: where a word does not go on, its longest proper suffix that is a beginning does.
func (w *words) link() {
	suffix := make([]int, len(w.found))
	var queue []int
	for c := range w.width {
		if to := int(w.next[c]); to != 0 {
			queue = append(queue, to)
		}
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for c := range w.width {
			step := at*w.width + c
			over := w.next[suffix[at]*w.width+c]
			if to := int(w.next[step]); to != 0 {
				suffix[to] = int(over)
				w.found[to] |= w.found[over]
				queue = append(queue, to)
			} else {
				w.next[step] = over
			}
		}
	}
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		c &^= 0x20
	}
	return c
}

// in returns the bits of the words that occur in s.
func (w *words) in(s string) (bits uint8) {
	state, high := 0, byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		high |= c
		state = int(w.next[state*w.width+int(w.class[c])])
		bits |= w.found[state]
	}
	if high >= utf8.RuneSelf && foldsIntoASCII(s) {
		return bits | w.in(foldToASCII(s))
	}
	return bits
}

func foldsIntoASCII(s string) bool { return strings.Contains(s, longS) || strings.Contains(s, kelvin) }

func foldToASCII(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, longS, "s"), kelvin, "k")
}

// wordList is a matcher for a list of words, anywhere in a text.
type wordList struct{ words *words }

// newWordList returns nil when the words cannot be found this way: not ASCII, or too many.
func newWordList(list []string) *wordList {
	size := 0
	var ws []word
	for _, s := range list {
		size += len(s)
		if s == "" || size > 4096 || strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
			return nil
		}
		ws = append(ws, word{strings.ToLower(s), 1})
	}
	return &wordList{newWords(slices.Clip(ws))}
}

func (l *wordList) possible(*features) bool { return true }
func (l *wordList) match(s string) bool     { return l.words.in(s) != 0 }

// spans is not used: word lists replace whole texts.
func (l *wordList) spans(dst []span, s string) ([]span, bool) { return dst, l.match(s) }
