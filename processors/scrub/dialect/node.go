package dialect

// node is a parsed pattern.
type node struct {
	op       nodeOp
	kids     []*node
	r        rune   // of opRune
	class    ranges // of opClass
	look     look   // of opLook
	group    int    // of opGroup, from 1
	min, max int    // of opRepeat; max is -1 for no bound
	lazy     bool   // of opRepeat
}

type nodeOp uint8

const (
	opEmpty nodeOp = iota
	opRune
	opClass
	opLook
	opGroup
	opConcat
	opAlternate
	opRepeat
	opEncoded // a class, and its characters as bytes
)

// look is an assertion of no width.
type look uint8

const (
	textStart look = iota
	textEnd
	lineStart
	lineEnd
	crlfStart
	crlfEnd
	wordBoundary
	notWordBoundary
	wordStart
	wordEnd
	wordStartHalf
	wordEndHalf
	asciiWord // added to the word looks in ASCII mode
)

// utf8Word is added to the word looks of Unicode in bytes: characters are those of UTF-8, what is none is no word character.
const utf8Word = 2 * asciiWord

// native reports how the assertion is written for Go's engine, "" when it cannot be, and whether that holds for all
// texts or only for ASCII texts.
func (l look) native() (text string, everywhere bool) {
	switch l {
	case textStart:
		return `\A`, true
	case textEnd:
		return `\z`, true
	case lineStart:
		return `(?m:^)`, true
	case lineEnd:
		return `(?m:$)`, true
	case wordBoundary, wordBoundary + utf8Word:
		return `\b`, false
	case notWordBoundary, notWordBoundary + utf8Word:
		return `\B`, false
	case wordBoundary + asciiWord:
		return `\b`, true
	case notWordBoundary + asciiWord:
		return `\B`, true
	}
	return "", false
}

// holds tells whether the assertion holds in s at pos, between two characters; -1 stands for the end of the text.
func (l look) holds(s string, pos int, before, after rune) bool {
	word := isWord
	switch {
	case l > utf8Word:
		l -= utf8Word
		var ok1, ok2 bool
		before, ok1 = decodedBefore(s, pos)
		after, ok2 = decodedAfter(s, pos)
		switch l {
		case notWordBoundary:
			if !ok1 || !ok2 {
				return false
			}
		case wordStartHalf:
			if !ok1 {
				return false
			}
		case wordEndHalf:
			if !ok2 {
				return false
			}
		}
	case l > asciiWord:
		l -= asciiWord
		word = isASCIIWord
	}
	switch l {
	case textStart:
		return before < 0
	case textEnd:
		return after < 0
	case lineStart:
		return before < 0 || before == '\n'
	case lineEnd:
		return after < 0 || after == '\n'
	case crlfStart:
		return before < 0 || before == '\n' || before == '\r' && after != '\n'
	case crlfEnd:
		return after < 0 || after == '\r' || after == '\n' && before != '\r'
	case wordBoundary:
		return word(before) != word(after)
	case notWordBoundary:
		return word(before) == word(after)
	case wordStart:
		return !word(before) && word(after)
	case wordEnd:
		return word(before) && !word(after)
	case wordStartHalf:
		return !word(before)
	case wordEndHalf:
		return !word(after)
	}
	return false
}

func isASCIIWord(r rune) bool {
	return r|0x20 >= 'a' && r|0x20 <= 'z' || r >= '0' && r <= '9' || r == '_'
}

func isWord(r rune) bool {
	if r < 0x80 {
		return r >= 0 && isASCIIWord(r)
	}
	return wordClass().contains(r)
}

// IsWord reports whether r is a word character of the dialect.
func IsWord(r rune) bool { return isWord(r) }
