package dialect

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"weir/codecs/casefile"
)

// testdata/sizes.json: the largest counts of repetitions that the contract's engine takes, and lists of words that it takes or refuses.
func TestSizes(t *testing.T) {
	var cases struct {
		Largest map[string]int
		Words   []struct {
			Words, Of int
			Form      string
			Fits      bool
		}
	}
	casefile.JSON(t, "testdata/sizes.json", &cases)
	check := func(name, pattern string, fits bool) {
		if _, err := Compile(pattern, Options{}); errors.Is(err, ErrTooLarge) == fits || err != nil && fits {
			t.Errorf("%s: %v, fits: %v", name, err, fits)
		}
	}
	for of, most := range cases.Largest {
		for _, n := range []int{most, most + 1} {
			pattern := "(?:" + of + "){" + strconv.Itoa(n) + "}"
			check(pattern, pattern, n == most)
		}
	}
	nested := "(?:a{65536}){65536}"
	check("longer than any number", "(?:"+nested+"{65536}{65536}){2}", false)
	for _, c := range cases.Words {
		words := make([]string, c.Words)
		for i := range words {
			words[i] = nthWord(i, c.Of)
		}
		check(fmt.Sprint(c), fmt.Sprintf(c.Form, strings.Join(words, "|")), c.Fits)
	}
}

// nthWord returns the i-th word of n letters.
func nthWord(i, n int) string {
	var b strings.Builder
	for k := range n {
		b.WriteByte(byte('a' + ((i+1)*2654435761>>(k%28)+k/28*i)%26))
	}
	return b.String()
}

func BenchmarkSize(b *testing.B) {
	for _, pattern := range []string{`\b[a-z0-9]{8}-[a-z0-9]{4}\b`, `(?i)\w+@\w+\.\w{2,3}`} {
		n, _, err := parse(pattern, flags{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(pattern, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n.tooLarge(false)
			}
		})
	}
}
