package dialect

import (
	"errors"
	"strconv"
	"testing"
)

// The largest counts of repetitions that fit, and counts a little larger that do not: Unicode tables differ by version.
func TestLargestRepetitions(t *testing.T) {
	for pattern, most := range map[string]int{
		"a": 8185, "é": 4092, "[a-z]": 3638, "[a-zA-Z0-9_]": 2728, `\w`: 5, `\d`: 51, `\D`: 20, `\s`: 385, `\S`: 136, `\W`: 5, ".": 262, "(?s:.)": 271, `\pL`: 6, `\PN`: 12, `\pN`: 26,
		`\p{Greek}`: 116, `\p{Lu}`: 9, "[é-ü]": 1984, "[^a]": 262, "(?i:a)": 3274, "(?i:k)": 1110, "a|b": 3638, "(a)": 2728, "a?": 2518, "a*": 3638, `(?-u:\w)`: 2728, "😀": 2046, "[😀-😂]": 1336, "[α-ω]": 1310, "[一-龥]": 606,
	} {
		for _, n := range []int{most, most + most/10 + 2} {
			_, err := Compile("(?:"+pattern+"){"+strconv.Itoa(n)+"}", Options{})
			if errors.Is(err, ErrTooLarge) != (n > most) {
				t.Errorf("%d times %s: %v", n, pattern, err)
			}
		}
	}
}
