package scrub

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"weir/processors/scrub/dialect"
)

// handwritten are the matchers that do not run the pattern that defines them.
var handwritten = []struct {
	name    string
	m       matcher
	pattern string
	group   uint8
	whole   bool // only whether there is a match counts
	parts   []string
}{
	{"ipv4", findIPv4, patternIPv4, 0, false, words1("1.2.3.4 127.0.0.1 1 25 255 256 249 001 0 . .. - _ é ١ g 3000")},
	{"ipv6", findIPv6, patternIPv6, 1, false, words1("1:2:3:4:5:6:7:8 ::1 2001:db8:: fe80:: fe80: %eth0 ::ffff:1.2.3.4 ffff :0: :0000 :00000 1.2.3.4 a:b: 12345: : :: ::: . - é ٣ g 1 f")},
	{"zoned ipv6", findIPv6, patternIPv6, 1, false, words1("fe80::1%eth0:: ::ffff:0: fe80: FE80: : :1 :ab %e %eth0 :: ffff: ffff:0: ffff:0000: ffff:00000: FFFF 1.2.3.4 .5 é")},
	{"creditcard", findCreditCard, patternCreditCard, 0, false, words1("4571234567890111 3782822463 10005 4 571 5412 65 6011 34 1234 9 - -- _ é ١ a 2345")},
	{"imei", findIMEI, patternIMEI, 0, false, words1("35 356938 035643 8 09 - -- 1 a é _ ١ 35693803564380 9")},
	{"us_ssn", findUSSSN, patternUSSSN, 0, false, words1("078-05-1120 078 05 1120 - -- 1 a é _ ١")},
	{"mac", findMAC, patternMAC, 0, false, words1("aa:bb:cc:dd:ee:ff 11-22-33-44-55- aa:bb: 0F g1 : - é _ a ſ")},
	{"uuid", &uuids{mustCompile(patternUUID, nil)}, patternUUID, 0, false, words1("550e8400 e29b 41d4 a716 446655440000 - -- zzzz ſ K é _ A 0000000000000000000000000000000a")},
	{"iban", findIBAN, patternIBAN(), 0, false, words1("AT61 DE89 XX12 at61 1904300234573201 abcDEF12345 1 a - é _ 61 A ١ 123456789012345678901234567890")},
	{"email", findEmail, patternEmail, 0, false, words1("a@b.com x.y+z@q-r.co.uk @b.c a@b a@b.c1 .com .org1 _@b.de a b.c @ x.org - _ . é ! 1 com ß ` | K")},
	{"bearer", findBearer, patternBearer, 0, false, append(words1("Bearer bearer BEARER tok.en x é _ ſ"), " ", "\t", "\u00a0", "\n")},
	{"url_auth", findURLAuth, patternURLAuth, 1, false, words1("http://joe:pw@h.io //joe:pw@h //u@ s3+x://a:b@c ://joe@ http : // joe pw @ %20 _ - . HTTP git+ 1 é / :: a")},
	{"legacy auth", findLegacyAuth, patternLegacyAuth, 1, false, words1("http://joe:pw@h.io //joe:pw@h //u@ s3+x://a:b@c ://joe@ http : // joe pw @ %20 _ - . HTTP git+ 1 é / :: a")},
	{"token", tokenWord{}, patternToken, 0, true, words1("token toKen to ken K Tok EN x")},
	{"secrets", secrets{}, patternSecrets, 0, true, append(words1("pass word password secret ſecret passwd api key Key - _ auth credential s mysql_pwd private token toKen tok en = : x otp OTP two-factor two_factor é ſ"), "\u2003", "\n")},
}

// words1 splits a list and adds what separates words.
func words1(s string) []string { return append(strings.Fields(s), " ", " ", "") }

func TestHandwrittenFindersAgreeWithTheirPatterns(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, h := range handwritten {
		re, err := dialect.Compile(h.pattern, dialect.Options{})
		if err != nil {
			t.Fatal(h.name, err)
		}
		hits := 0
		for range 20000 {
			var b strings.Builder
			for range 1 + rnd.IntN(12) {
				b.WriteString(h.parts[rnd.IntN(len(h.parts))])
			}
			hits += agree(t, h.name, h.m, &regex{re: re, groups: []uint8{h.group}}, h.whole, b.String())
		}
		if hits == 0 {
			t.Errorf("%s: no text had a match", h.name)
		}
	}
}

// agree returns 1 if there was a match.
func agree(t *testing.T, name string, m matcher, reference *regex, whole bool, s string) int {
	t.Helper()
	f := scan(s)
	want := reference.match(s)
	if got := m.possible(&f) && m.match(s); got != want {
		t.Errorf("%s: match(%q) is %v, pattern says %v (possible %v)", name, s, got, want, m.possible(&f))
	}
	if !whole && m.possible(&f) {
		got, _ := m.spans(nil, s)
		if want, _ := reference.spans(nil, s); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: spans(%q) are %v, pattern says %v", name, s, got, want)
		}
	}
	if want {
		return 1
	}
	return 0
}

func FuzzFinders(f *testing.F) {
	for _, h := range handwritten {
		for _, p := range h.parts {
			f.Add(p)
		}
	}
	var references []*regex
	for _, h := range handwritten {
		references = append(references, mustCompile(h.pattern, nil, h.group))
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return // texts of a document are valid
		}
		for i, h := range handwritten {
			agree(t, h.name, h.m, references[i], h.whole, s)
		}
	})
}

func TestBuiltinPatternsCompile(t *testing.T) {
	for _, p := range []string{
		patternIMEI, patternMAC, patternUUID, patternEmail, patternIPv4, patternIPv6, patternCreditCard, patternUSSSN, patternBearer,
		patternURLAuth, patternLegacyAuth, patternUserPath, patternPEMKey, patternToken, patternSecrets, patternIBAN(),
		patternCookies(),
	} {
		if _, err := dialect.Compile(p, dialect.Options{}); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
}

func TestWords(t *testing.T) {
	w := newWords([]word{{"she", 1}, {"he", 2}, {"hers", 4}, {"risk", 8}})
	for s, want := range map[string]uint8{
		"": 0, "ushers": 7, "HE": 2, "her": 2, "rest": 0, "ri\u017fK": 8, "he\u017f": 2, "h e": 0, "xSHEx": 3,
	} {
		if got := w.in(s); got != want {
			t.Errorf("in(%q) = %b, want %b", s, got, want)
		}
	}
	if newWordList([]string{"é"}) != nil {
		t.Error("words that are not ASCII need a pattern")
	}
}

// TestFindersAreLinear: texts made to be expensive. A quadratic finder would need minutes.
func TestFindersAreLinear(t *testing.T) {
	for _, part := range []string{
		"token", "a@", "@a.", "//", "a://", "-", "1.", "1", "4571", "AT61", "bearer ", "::", "a:", "/home/", "-----BEGIN", "session", "\u017f", "é", "a", "/profiles",
	} {
		s := strings.Repeat(part, 1<<17/len(part))
		f := scan(s)
		for _, tests := range builtinTests() {
			for _, x := range tests {
				if x.m.possible(&f) {
					x.m.match(s)
					x.m.spans(nil, s)
				}
			}
		}
	}
}
