package dialect

import (
	"maps"
	"slices"
	"sort"
	"sync"
	"unicode"
)

// ranges is a set of code points: sorted, disjoint and not adjacent pairs of first and last.
type ranges []span

type span struct{ lo, hi rune }

// set brings any list of spans into the form of ranges.
func set(spans ...span) ranges {
	slices.SortFunc(spans, func(a, b span) int { return int(a.lo - b.lo) })
	var out ranges
	for _, s := range spans {
		if n := len(out); n > 0 && s.lo <= out[n-1].hi+1 {
			out[n-1].hi = max(out[n-1].hi, s.hi)
		} else {
			out = append(out, s)
		}
	}
	return out
}

func (a ranges) union(b ranges) ranges { return set(append(slices.Clone(a), b...)...) }

func (a ranges) negate() ranges {
	var out ranges
	next := rune(0)
	for _, s := range a {
		if s.lo > next {
			out = append(out, span{next, s.lo - 1})
		}
		next = s.hi + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, span{next, unicode.MaxRune})
	}
	return out
}

func (a ranges) intersect(b ranges) ranges {
	var out ranges
	for i, j := 0, 0; i < len(a) && j < len(b); {
		if lo, hi := max(a[i].lo, b[j].lo), min(a[i].hi, b[j].hi); lo <= hi {
			out = append(out, span{lo, hi})
		}
		if a[i].hi < b[j].hi {
			i++
		} else {
			j++
		}
	}
	return out
}

func (a ranges) subtract(b ranges) ranges { return a.intersect(b.negate()) }

func (a ranges) contains(r rune) bool {
	i := sort.Search(len(a), func(i int) bool { return a[i].hi >= r })
	return i < len(a) && a[i].lo <= r
}

// foldable lists the code points that have another case, in order. Asking all there are would take longer than compiling a pattern does.
var foldable = sync.OnceValue(func() []rune {
	var out []rune
	for _, c := range unicode.CaseRanges {
		for r := rune(c.Lo); r <= rune(c.Hi); r++ {
			if other := otherCase(r); other != r {
				out = append(out, r, other)
			}
		}
	}
	out = slices.AppendSeq(out, maps.Keys(folds16()))
	slices.Sort(out)
	return slices.Compact(out)
})

// fold adds the other cases of everything in a (simple case folding), only ASCII ones in ASCII mode.
func (a ranges) fold(ascii bool) ranges {
	var add []span
	all := foldable()
	for _, s := range a {
		i, _ := slices.BinarySearch(all, s.lo)
		for ; i < len(all) && all[i] <= s.hi; i++ {
			for r := otherCase(all[i]); r != all[i]; r = otherCase(r) {
				if !ascii || r < 0x80 && all[i] < 0x80 {
					add = append(add, span{r, r})
				}
			}
		}
	}
	if add == nil {
		return a
	}
	return a.union(set(add...))
}

// fromTables returns the union of Unicode tables.
func fromTables(tables ...*unicode.RangeTable) ranges {
	var spans []span
	add := func(lo, hi, stride rune) {
		if stride == 1 {
			spans = append(spans, span{lo, hi})
			return
		}
		for r := lo; r <= hi; r += stride {
			spans = append(spans, span{r, r})
		}
	}
	for _, t := range tables {
		for _, r := range t.R16 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	return set(spans...)
}

var (
	digitClass = sync.OnceValue(func() ranges { return ofCategories("Nd") })
	spaceClass = sync.OnceValue(func() ranges { return fromTables(unicode.White_Space) })
	wordClass  = sync.OnceValue(func() ranges {
		return alphabetic().union(ofCategories("M", "Nd", "Pc")).union(fromTables(unicode.Join_Control))
	})
	alphabetic = sync.OnceValue(func() ranges {
		return ofCategories("L", "Nl").union(fromTables(unicode.Other_Alphabetic)).union(listed(alphabetic16))
	})
)

var (
	asciiDigit = ranges{{'0', '9'}}
	asciiSpace = ranges{{'\t', '\r'}, {' ', ' '}}
	asciiWords = ranges{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}
	ascii      = ranges{{0, 0x7f}}
)

// posix are the classes that are written [:name:] inside brackets; they are ASCII in every mode.
var posix = map[string]ranges{
	"alnum":  {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}},
	"alpha":  {{'A', 'Z'}, {'a', 'z'}},
	"ascii":  ascii,
	"blank":  {{'\t', '\t'}, {' ', ' '}},
	"cntrl":  {{0, 0x1f}, {0x7f, 0x7f}},
	"digit":  asciiDigit,
	"graph":  {{'!', '~'}},
	"lower":  {{'a', 'z'}},
	"print":  {{' ', '~'}},
	"punct":  {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}},
	"space":  asciiSpace,
	"upper":  {{'A', 'Z'}},
	"word":   asciiWords,
	"xdigit": {{'0', '9'}, {'A', 'F'}, {'a', 'f'}},
}
