package dialect

import (
	"fmt"
	"regexp"
	"sync"
)

// Options are the flags that are set outside of a pattern.
type Options struct {
	CaseInsensitive bool
	// Bytes is for contents that are no text: every byte is a character, given to the Regexp as U+0000 to U+00FF; classes are
	// ASCII and . matches every byte (scrub 9.2). Where the pattern asks for Unicode with (?u), characters are those of UTF-8.
	Bytes bool
}

// Regexp is a compiled pattern, safe for concurrent use.
type Regexp struct {
	native  *regexp.Regexp // nil when Go's engine cannot run it
	plain   bool           // native is right on all texts, not only on ASCII texts
	groupOf []int          // group of the pattern by group of native
	vm      *machine       // nil when native is all that is needed
	groups  int
	never   bool
	linear  func() *linear // for long texts with many matches
}

// Compile reads a pattern. Errors wrap ErrSyntax or ErrTooLarge.
func Compile(pattern string, o Options) (*Regexp, error) {
	n, groups, err := parse(pattern, flags{fold: o.CaseInsensitive, ascii: o.Bytes, bytes: o.Bytes})
	if err != nil {
		return nil, err
	}
	if n.tooLarge(o.Bytes) {
		return nil, ErrTooLarge
	}
	re := &Regexp{groups: groups, never: n.never()}
	e := emitter{native: true, plain: true, groups: []int{0}}
	e.write(n)
	if e.native {
		if re.native, err = regexp.Compile(e.String()); err != nil {
			return nil, fmt.Errorf("%w: %q: %w", ErrSyntax, pattern, err)
		}
		re.plain, re.groupOf = e.plain, e.groups
	}
	own := func() (*machine, error) {
		e := emitter{marked: true, groups: []int{0}}
		e.write(n)
		return newMachine(e.String(), e.groups, groups)
	}
	if !e.native || !e.plain {
		if re.vm, err = own(); err != nil {
			return nil, fmt.Errorf("%w: %q: %w", ErrSyntax, pattern, err)
		}
	}
	re.linear = sync.OnceValue(func() *linear {
		m := re.vm
		if m == nil {
			var err error
			if m, err = own(); err != nil {
				return nil // unreachable: the same in another notation has been compiled
			}
		}
		return newLinear(m)
	})
	return re, nil
}

// Groups returns the number of capture groups.
func (re *Regexp) Groups() int { return re.groups }

func (re *Regexp) useNative(s string) bool {
	return re.native != nil && (re.plain || isASCII(s))
}

// Match reports whether the pattern occurs in s.
func (re *Regexp) Match(s string) bool {
	if re.useNative(s) {
		return re.native.MatchString(s)
	}
	return re.vm.find(s, 0, nil)
}

// All calls yield for every match from left to right: loc[2*g] and loc[2*g+1] are the byte offsets of group g, -1 when it
// took no part; group 0 is the whole match. Matches do not overlap, and an empty match directly after another is left out.
func (re *Regexp) All(s string, yield func(loc []int)) {
	loc := make([]int, 2*(re.groups+1))
	many := -1
	var l *linear
	if len(s) > longText {
		if l = re.linear(); l != nil {
			many = mostAtOnce
			if l.rescans {
				many = manyMatches
			}
		}
	}
	if re.useNative(s) {
		if !re.native.MatchString(s) {
			return
		}
		found := re.native.FindAllStringSubmatchIndex(s, many)
		if len(found) == many {
			l.all(s, loc, yield)
			return
		}
		for _, m := range found {
			for i := range loc {
				loc[i] = -1
			}
			for g, to := range re.groupOf {
				if m[2*g] >= 0 {
					loc[2*to], loc[2*to+1] = m[2*g], m[2*g+1]
				}
			}
			yield(loc)
		}
		return
	}
	if many == manyMatches {
		l.all(s, loc, yield)
		return
	}
	re.vm.all(s, loc, yield)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
