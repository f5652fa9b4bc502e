package scrub

import "sync"

// features say which patterns cannot occur in a text, from one look at its bytes.
type features struct {
	has    uint16 // bytes that occur
	words  uint8  // words of secretWords that occur
	digits int    // ASCII digits
	length int
}

const (
	hasAt uint16 = 1 << iota
	hasSlash
	hasBackslash
	hasDash
	hasColon
	hasDot
	hasEquals
	hasUpper
	hasHigh // not ASCII
	hasDigit
)

var classes = sync.OnceValue(func() *[256]uint16 {
	t := &[256]uint16{
		'@': hasAt, '/': hasSlash, '\\': hasBackslash, '-': hasDash, ':': hasColon, '.': hasDot, '=': hasEquals,
	}
	for c := 'A'; c <= 'Z'; c++ {
		t[c] = hasUpper
	}
	for c := '0'; c <= '9'; c++ {
		t[c] = hasDigit
	}
	for c := 0x80; c < 0x100; c++ {
		t[c] = hasHigh
	}
	return t
})

// Bits of secretWords.
const (
	wordBearer uint8 = 1 << iota
	wordToken
	wordSecret
)

// secretWords are the fixed words of password and bearer rules (scrub 3.4).
var secretWords = sync.OnceValue(func() *words {
	list := []word{{"bearer", wordBearer}, {"token", wordToken}}
	for _, s := range []string{
		"password", "secret", "passwd", "apikey", "api-key", "api_key", "auth", "credentials", "mysql_pwd", "privatekey",
		"private-key", "private_key",
	} {
		list = append(list, word{s, wordSecret})
	}
	return newWords(list)
})

// scan reads the features of a text.
func scan(s string) features {
	f := features{length: len(s)}
	class, w := classes(), secretWords()
	next, found := w.next, w.found
	width, state := w.width, 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		k := class[c]
		f.has |= k
		f.digits += int(k / hasDigit) // hasDigit is the highest bit
		state = int(next[state*width+int(w.class[c])])
		f.words |= found[state]
	}
	if f.has&hasHigh != 0 && foldsIntoASCII(s) {
		f.words |= w.in(foldToASCII(s))
	}
	return f
}
