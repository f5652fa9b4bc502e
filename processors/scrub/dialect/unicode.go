package dialect

import (
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// The contract's engine follows Unicode 16, Go's tables an older version. What came since stands here: characters by category and by script, marks that
// are alphabetic, and pairs of cases. With Go tables that have it, it changes nothing.

// added16 are the characters that are new in a category.
var added16 = map[string]string{
	"Lu": "1c89 a7cb-a7cc a7da a7dc 10d50-10d65",
	"Ll": "1c8a a7cd a7db 10d70-10d85",
	"Lm": "10d4e 10d6f 16d40-16d42 16d6b-16d6c",
	"Lo": "105c0-105f3 10d4a-10d4d 10d4f 10ec2-10ec4 11380-11389 1138b 1138e 11390-113b5 113b7 113d1 113d3 11bc0-11be0 13460-143fa 16100-1611d 16d43-16d6a 18cff 1e5d0-1e5ed 1e5f0 2ebf0-2ee5d",
	"Mn": "897 10d69-10d6d 10efc 113bb-113c0 113ce 113d0 113d2 113e1-113e2 11f5a 1611e-16129 1612d-1612f 1e5ee-1e5ef",
	"Mc": "113b8-113ba 113c2 113c5 113c7-113ca 113cc-113cd 113cf 1171e 1612a-1612c",
	"Nd": "10d40-10d49 116d0-116e3 11bf0-11bf9 16130-16139 16d70-16d79 1ccf0-1ccf9 1e5f1-1e5fa",
	"Pd": "10d6e",
	"Po": "1b4e-1b4f 1b7f 113d4-113d5 113d7-113d8 11be1 16d6d-16d6f 1e5ff",
	"Sm": "10d8e-10d8f",
	"So": "2427-2429 2ffc-2fff 31e4-31e5 31ef 1cc00-1ccef 1cd00-1ceb3 1f8b2-1f8bb 1f8c0-1f8c1 1fa89 1fa8f 1fabe 1fac6 1fadc 1fadf 1fae9 1fbcb-1fbef",
}

// moved16 are the characters that left a category for another.
var moved16 = map[string]string{"Mn": "1171e"}

const alphabetic16 = "363-36f 897 1dd3-1de6 10d69 10efc 113b8-113c0 113c2 113c5 113c7-113ca 113cc-113cd 1611e-1612e"

// scripts16 are the characters that are new in a script, by its loose name.
var scripts16 = map[string]string{
	"arabic": "897 10ec2-10ec4 10efc", "balinese": "1b4e-1b4f 1b7f", "cyrillic": "1c89-1c8a", "egyptianhieroglyphs": "13460-143fa", "garay": "10d40-10d65 10d69-10d85 10d8e-10d8f", "gurungkhema": "16100-16139",
	"han": "2ebf0-2ee5d", "kawi": "11f5a", "khitansmallscript": "18cff", "kiratrai": "16d40-16d79", "latin": "a7cb-a7cd a7da-a7dc", "myanmar": "116d0-116e3", "olonal": "1e5d0-1e5fa 1e5ff", "sunuwar": "11bc0-11be1 11bf0-11bf9", "todhri": "105c0-105f3",
	"tulutigalari": "11380-11389 1138b 1138e 11390-113b5 113b7-113c0 113c2 113c5 113c7-113ca 113cc-113d5 113d7-113d8 113e1-113e2",
	"common":       "2427-2429 2ffc-2fff 31e4-31e5 31ef 1cc00-1ccf9 1cd00-1ceb3 1f8b2-1f8bb 1f8c0-1f8c1 1fa89 1fa8f 1fabe 1fac6 1fadc 1fadf 1fae9 1fbcb-1fbef",
}

// folds16 are pairs of characters that are each other's case.
var folds16 = sync.OnceValue(func() map[rune]rune {
	m := make(map[rune]rune)
	pair := func(a, b rune) { m[a], m[b] = b, a }
	for _, p := range [][2]rune{{0x19b, 0xa7dc}, {0x264, 0xa7cb}, {0x390, 0x1fd3}, {0x3b0, 0x1fe3}, {0x1c89, 0x1c8a}, {0xa7cc, 0xa7cd}, {0xa7da, 0xa7db}, {0xfb05, 0xfb06}} {
		pair(p[0], p[1])
	}
	for r := rune(0x10d50); r <= 0x10d65; r++ {
		pair(r, r+0x20)
	}
	return m
})

// otherCase returns the next character that is the same but for case, r itself when there is none; going on leads back to r.
func otherCase(r rune) rune {
	if next := unicode.SimpleFold(r); next != r {
		return next
	}
	if next, ok := folds16()[r]; ok {
		return next
	}
	return r
}

// listed reads a list of characters and ranges in hexadecimal.
func listed(text string) ranges {
	var out []span
	for _, f := range strings.Fields(text) {
		first, last, ok := strings.Cut(f, "-")
		if !ok {
			last = first
		}
		lo, _ := strconv.ParseInt(first, 16, 32)
		hi, _ := strconv.ParseInt(last, 16, 32)
		out = append(out, span{rune(lo), rune(hi)})
	}
	return set(out...)
}

// ofCategories returns the characters of categories, given by their short names; that of a group of categories is its first letter.
func ofCategories(names ...string) ranges {
	var out ranges
	for _, name := range names {
		out = out.union(fromTables(unicode.Categories[name]))
		if text, ok := moved16[name]; ok {
			out = out.subtract(listed(text))
		}
	}
	for of, text := range added16 {
		for _, name := range names {
			if strings.HasPrefix(of, name) || name == "LC" && (of == "Lu" || of == "Ll" || of == "Lt") {
				out = out.union(listed(text))
			}
		}
	}
	if len(names) == 1 && (names[0] == "Cn" || names[0] == "C") {
		for _, text := range added16 {
			out = out.subtract(listed(text))
		}
	}
	return out
}
