package filter

import (
	"strings"
	"testing"
)

func TestPhrases(t *testing.T) {
	p := newPhrases([]phrase{{text: "one two"}, {text: "a\x00c"}, {text: "bot", end: true}, {text: "kiss"}, {text: "v.\x01"}})
	for text, want := range map[string]bool{
		"": false, "o": false, "ONE TWO": true, "xone\ttwoy": true, "one\u00a0two": true, "onetwo": false, "one  two": false,
		"abc": true, "aéc": true, "a\nc": false, "ac": false, "bot": true, "robot;": true, "bot x": true, "bots": false, "bot,": false,
		"V.7": true, "v.\u0663": true, "v.x": false, "v.": false,
		"bot\u2003": true, "\u212aiſs": true, "KI\u017fS": true, "\u212a": false, "é": false, strings.Repeat("o", 1000) + "ne two": true,
	} {
		if got := p.in(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	for text, want := range map[string]bool{"": false, "Bot/1": true, "xbot": false, "\u212aISS me": true} {
		if got := p.startsWith(text); got != want {
			t.Errorf("%q starts: %v", text, got)
		}
	}
}
