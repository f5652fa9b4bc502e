package pattern

// Kind is what a token stands for.
type Kind uint8

// The kinds of tokens.
const (
	Literal    Kind = iota // Text
	Any                    // exactly N characters
	Wildcard               // any number of characters
	Class                  // one character of Ranges, or none of them when Negated
	Alternates             // one of Choices
	Optional               // Choices[0], or nothing
)

// Token is one element of a pattern.
type Token struct {
	Kind    Kind
	Text    string // of a Literal; lower-cased when the pattern folds case
	N       int    // of Any
	Negated bool   // of a Class
	Ranges  []Range
	Choices [][]Token // without Alternates and Optional inside; an empty one may only be last
}

// Range is a range of characters, both ends included.
type Range struct{ First, Last rune }

// Pattern is a parsed glob. One without tokens matches nothing, not even the empty text.
type Pattern struct {
	Tokens []Token
	Fold   bool // case does not matter
}

// Complexity is the product of the numbers of alternatives of all groups, 0 without groups (filters 6). It stops growing at 1<<30.
func (p *Pattern) Complexity() int {
	const enough = 1 << 30
	n := 0
	for i := range p.Tokens {
		t := &p.Tokens[i]
		choices := len(t.Choices)
		switch t.Kind {
		case Alternates:
		case Optional:
			choices = 2
		default:
			continue
		}
		n = min(max(n, 1)*choices, enough)
	}
	return n
}
