package pattern

import "strings"

// String returns the normalised text (filters 6).
func (p *Pattern) String() string {
	var b strings.Builder
	writeTokens(&b, p.Tokens)
	return b.String()
}

func writeTokens(b *strings.Builder, list []Token) {
	for i := range list {
		t := &list[i]
		switch t.Kind {
		case Literal:
			writeEscaped(b, t.Text, `*?[]{}\,`)
		case Any:
			for range t.N {
				b.WriteByte('?')
			}
		case Wildcard:
			b.WriteByte('*')
		case Class:
			b.WriteByte('[')
			if t.Negated {
				b.WriteByte('!')
			}
			for _, r := range t.Ranges {
				writeEscaped(b, string(r.First), `[]\!-`)
				if r.Last != r.First {
					b.WriteByte('-')
					writeEscaped(b, string(r.Last), `[]\!-`)
				}
			}
			b.WriteByte(']')
		case Alternates, Optional:
			b.WriteByte('{')
			for i, c := range t.Choices {
				if i > 0 {
					b.WriteByte(',')
				}
				writeTokens(b, c)
			}
			if t.Kind == Optional {
				b.WriteByte(',')
			}
			b.WriteByte('}')
		}
	}
}

func writeEscaped(b *strings.Builder, s, special string) {
	for _, r := range s {
		if strings.ContainsRune(special, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
}
