package normalize

import (
	"fmt"
	"strings"
)

const (
	urnPrefix = "urn:uuid:"
	maxUUID   = 45 // bytes of the longest form, the one with the prefix
)

// uuidParts finds the digits in the forms that a UUID is written in: plain, hyphenated, in braces or as URN. The
// form is certain if the length is right, too; at is where the digits start.
func uuidParts(s string) (digits string, at int, certain bool) {
	braces := len(s) >= 2 && s[0] == '{' && s[len(s)-1] == '}'
	urn := strings.HasPrefix(s, urnPrefix)
	switch {
	case len(s) == 36:
		return s, 0, true
	case braces:
		return s[1 : len(s)-1], 1, len(s) == 38
	case urn:
		return s[len(urnPrefix):], len(urnPrefix), len(s) == maxUUID
	}
	return s, 0, false
}

// uuidProblem says why s is no UUID, in the words of the reference (4.2).
func uuidProblem(s string) string {
	if len(s) > maxUUID {
		return fmt.Sprintf("invalid length: found %d", len(s))
	}
	digits, at, certain := uuidParts(s)
	plain := at == 0 && !certain
	total := len(s)
	if certain {
		at, total = 0, len(digits)
	}
	hyphens := 0
	var bounds [4]int
	for i, c := range digits {
		switch b := byte(c); { // only the low byte of a character is looked at
		case b == '-' && hyphens < len(bounds):
			bounds[hyphens] = i
			hyphens++
		case b == '-':
			hyphens++
		case unhex(b) > 15:
			return fmt.Sprintf("invalid character: found `%c` at %d", c, at+i)
		}
	}
	switch {
	case hyphens == 0 && plain:
		return fmt.Sprintf("invalid length: found %d", total)
	case hyphens != len(bounds):
		return fmt.Sprintf("invalid group count: expected 5, found %d", hyphens+1)
	}
	start := 0
	for group, end := range bounds {
		want := 4
		if group == 0 {
			want = 8
		}
		if end-start != want {
			return fmt.Sprintf("invalid group length in group %d: expected %d, found %d", group, want, end-start)
		}
		start = end + 1
	}
	return fmt.Sprintf("invalid group length in group 4: expected 12, found %d", total-start)
}
