package dialect

// Never reports whether it is plain that the pattern matches no text at all: it needs a character that is in no class, or one
// before the start or behind the end of the text. False does not mean that there is a text that it matches.
func (re *Regexp) Never() bool { return re.never }

func (n *node) never() bool {
	switch n.op {
	case opClass:
		return len(n.class) == 0
	case opGroup:
		return n.kids[0].never()
	case opRepeat:
		return n.min > 0 && n.kids[0].never()
	case opAlternate:
		for _, k := range n.kids {
			if !k.never() {
				return false
			}
		}
		return true
	case opConcat:
		return neverInOrder(n.kids)
	}
	return false
}

func neverInOrder(kids []*node) bool {
	taken, ended := false, false
	for _, k := range kids {
		switch {
		case k.never():
			return true
		case k.op == opLook && k.look == textStart && taken:
			return true
		case k.op == opLook && k.look == textEnd:
			ended = true
		case k.takes():
			if ended {
				return true
			}
			taken = true
		}
	}
	return false
}

// takes reports whether every match of n has a character.
func (n *node) takes() bool {
	switch n.op {
	case opRune, opClass, opEncoded:
		return true
	case opGroup:
		return n.kids[0].takes()
	case opRepeat:
		return n.min > 0 && n.kids[0].takes()
	case opAlternate:
		for _, k := range n.kids {
			if !k.takes() {
				return false
			}
		}
		return true
	case opConcat:
		for _, k := range n.kids {
			if k.takes() {
				return true
			}
		}
	}
	return false
}
