package dialect

import (
	"slices"
	"strings"
)

// An alternative of words becomes a tree of their bytes. Where one of the words ends within the tree, what comes behind it in the pattern may not
// stand before it: the ways out of a node fall into groups.

type wordNode struct {
	groups [][]wordWay // the last one is open, all before it end with the end of a word
}

type wordWay struct {
	b    byte
	next *wordNode
}

// way returns the node behind byte b.
func (n *wordNode) way(b byte) *wordNode {
	if len(n.groups) == 0 {
		n.groups = append(n.groups, nil)
	}
	g := &n.groups[len(n.groups)-1]
	i, ok := slices.BinarySearchFunc(*g, b, func(w wordWay, b byte) int { return int(w.b) - int(b) })
	if !ok {
		*g = slices.Insert(*g, i, wordWay{b, &wordNode{}})
	}
	return (*g)[i].next
}

// end marks the end of a word.
func (n *wordNode) end() {
	if !n.leaf() || len(n.groups) == 0 {
		if len(n.groups) == 0 {
			n.groups = append(n.groups, nil)
		}
		n.groups = append(n.groups, nil)
	}
}

func (n *wordNode) leaf() bool {
	for _, g := range n.groups {
		if len(g) > 0 {
			return false
		}
	}
	return true
}

// words compiles alternatives that are all literals.
func (a *automaton) words(kids []*simple) {
	var root wordNode
	for _, k := range kids {
		at := &root
		for i := range k.literal {
			if a.reverse {
				i = len(k.literal) - 1 - i
			}
			at = at.way(k.literal[i])
		}
		at.end()
	}
	a.add(1)
	a.wordNode(&root)
}

func (a *automaton) wordNode(n *wordNode) {
	for _, g := range n.groups {
		for _, w := range g {
			if !w.next.leaf() {
				a.wordNode(w.next)
			}
		}
		if len(g) > 0 {
			a.add(1)
			a.more += wayOut
		}
		if len(g) > 1 {
			a.more += byteRange * len(g)
		}
	}
	a.add(1)
	a.more += wayOut * (len(n.groups) - 1)
}

func (s *simple) allLiterals() bool {
	return !slices.ContainsFunc(s.kids, func(k *simple) bool { return k.op != opRune })
}

const (
	manyWords   = 3000 // so many alternatives that are words are searched for without an automaton
	someTexts   = 250  // and so many texts, whatever the pattern,
	textLength  = 100  // if none is longer,
	classTexts  = 10   // classes have no more characters,
	repeatTexts = 10   // nothing repeats more often,
	fewStarts   = 64   // and they do not begin in so few ways that looking for those is better
)

// frequent are the ASCII characters that are thought too frequent to look for one of them alone.
const frequent = "\n\r (),-./0129:_abcdefghilmnoprstuvxy|"

// searched reports whether a pattern matches so few texts that they are searched for without an automaton, whatever its size would be.
func (s *simple) searched() bool {
	if s.op == opAlternate && len(s.kids) >= manyWords && s.allLiterals() {
		return true
	}
	texts := s.texts()
	if len(texts) == 0 {
		return false
	}
	least, common := len(texts[0]), texts[0]
	for _, t := range texts {
		least = min(least, len(t))
		for !strings.HasPrefix(t, common) {
			common = common[:len(common)-1]
		}
	}
	switch {
	case len(texts) == 1:
		return true
	case least == 0 || len(common) > 1 || len(common) == 1 && common[0] < 0x80 && strings.IndexByte(frequent, common[0]) < 0:
		return false
	}
	return least <= 2 || starts(texts, 4) > fewStarts && starts(texts, 3) > fewStarts
}

// texts returns all that s matches, nil when that is too much, or when groups or assertions need more than to find it.
func (s *simple) texts() []string {
	switch s.op {
	case opRune:
		return bounded([]string{string(s.literal)})
	case opClass:
		var all []string
		for _, c := range s.class {
			for r := c.lo; r <= c.hi; r++ {
				if len(all) == classTexts {
					return nil
				}
				if s.bytes {
					all = append(all, string([]byte{byte(r)}))
				} else {
					all = append(all, string(r))
				}
			}
		}
		return all
	case opAlternate:
		var all []string
		for _, k := range s.kids {
			of := k.texts()
			if of == nil {
				return nil
			}
			if all = bounded(append(all, of...)); all == nil {
				return nil
			}
		}
		return all
	case opConcat:
		return crossed(s.kids)
	case opRepeat:
		if s.min == s.max && s.min <= repeatTexts {
			return crossed(slices.Repeat(s.kids, s.min))
		}
	}
	return nil
}

// crossed returns what parts in a row match.
func crossed(parts []*simple) []string {
	all := []string{""}
	for _, p := range parts {
		of := p.texts()
		if len(all)*len(of) > someTexts {
			return nil
		}
		var next []string
		for _, a := range all {
			for _, b := range of {
				next = append(next, a+b)
			}
		}
		if all = bounded(next); all == nil {
			return nil
		}
	}
	return all
}

// bounded returns the texts unless they are too many or too long.
func bounded(texts []string) []string {
	if len(texts) > someTexts || slices.ContainsFunc(texts, func(t string) bool { return len(t) > textLength }) {
		return nil
	}
	return texts
}

// starts counts the ways in which the texts begin, by their first n bytes.
func starts(texts []string, n int) int {
	seen := make(map[string]bool)
	for _, t := range texts {
		seen[t[:min(n, len(t))]] = true
	}
	return len(seen)
}
