package scrub

import (
	"strings"
	"sync"

	"weir/processors/scrub/dialect"
)

// ibanCountries begin account numbers (scrub 3.3).
const ibanCountries = `AT AD AE AL AZ BA BE BG BH BR BY CH CR CY CZ DE DK DO EE EG ES FI FO FR GB GE GI GL GR GT HR HU IE IL IQ IS IT JO KW KZ
	LB LC LI LT LU LV LY MC MD ME MK MR MT MU NL NO PK PL PS PT QA RO RU RS SA SC SE SI SK SM ST SV TL TN TR UA VA VG XK DZ
	AO BJ BF BI CV CM CF TD KM CG CI DJ GQ GA GW HN IR MG ML MA MZ NI NE SN TG`

const (
	octet = `(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)`
	ipv4  = `(?:` + octet + `\.){3}` + octet
	h     = `[0-9a-f]{1,4}`

	patternIMEI       = `\b\d{2}-?\d{6}-?\d{6}-?\d{1,2}\b`
	patternMAC        = `\b(?:[[:xdigit:]]{2}[:-]){5}[[:xdigit:]]{2}\b`
	patternUUID       = `(?i)\b[a-z0-9]{8}-?[a-z0-9]{4}-?[a-z0-9]{4}-?[a-z0-9]{4}-?[a-z0-9]{12}\b`
	patternEmail      = "\\b[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:\\.[a-zA-Z0-9-]+)*\\.[a-zA-Z]{2,}\\b"
	patternIPv4       = `\b` + ipv4 + `\b`
	patternCreditCard = `\b(?:3[47]\d|4\d{3}|5[1-5]\d{2}|65\d{2}|6011)(?:[-\s]?\d){12}\b`
	patternUSSSN      = `\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b`
	patternBearer     = `(?i)\bBearer\s+[^\s]+`
	patternURLAuth    = `\b(?:[a-z0-9+-]+:)?//([a-zA-Z0-9%_.-]+(?::[a-zA-Z0-9%_.-]+)?)@`
	patternLegacyAuth = `\b(?:[a-z0-9]+:)?//[a-zA-Z0-9%_.-]+:([a-zA-Z0-9%_.-]+)@`
	patternUserPath   = `(?i)(?:\b(?:[a-zA-Z]:[\\/])?(?:users|home|documentsandsettings|[^/\\]+[/\\]profiles)[\\/]|/(?:home|users)/)([^/\\\r\n\x00]+)`
	patternPEMKey     = `-----BEGIN[A-Z ]+(?:PRIVATE|PUBLIC) KEY-----[\t ]*\r?\n?([\s\S]+?)\r?\n?-----END[A-Z ]+(?:PRIVATE|PUBLIC) KEY-----`
	patternToken      = `(?i)token`
	patternSecrets    = `(?i)(?:password|secret|passwd|api[-_]?key|auth|credentials|mysql_pwd|privatekey|private[-_]key|token[^\s]*[:=]|\A(?:otp|two[-_]factor)\z)`
)

// patternIPv6 has the alternatives of scrub 3.2 in their order. A character before and after belong to the match.
const patternIPv6 = `(?i)(?:[\s[:punct:]]|\A)(` +
	`(?:` + h + `:){7}` + h +
	`|(?:` + h + `:){1,7}:` +
	`|(?:` + h + `:){1,6}::` + h +
	`|(?:` + h + `:){1,5}:(?::` + h + `){1,2}` +
	`|(?:` + h + `:){1,4}:(?::` + h + `){1,3}` +
	`|(?:` + h + `:){1,3}:(?::` + h + `){1,4}` +
	`|(?:` + h + `:){1,2}:(?::` + h + `){1,5}` +
	`|` + h + `:(?::` + h + `){1,6}` +
	`|:(?:(?::` + h + `){1,7}|:)` +
	`|fe80:(?::` + h + `){0,4}%[0-9a-zA-Z]+::(?:ffff(?::0{1,4})?:)?` + ipv4 +
	`|(?:` + h + `:){1,4}:` + ipv4 +
	`)(?:[\s[:punct:]]|\z)`

func patternIBAN() string {
	return `\b(?:` + strings.Join(strings.Fields(ibanCountries), "|") + `)\d{2}[a-zA-Z0-9]{11,29}\b`
}

func patternCookies() string {
	return `(?i)\b(?:` + strings.Join(cookieNames, "|") + `)(?:__\d+)?=([^;]+)`
}

// test is one of the tests of a rule type (scrub 3.1, 3.4): on the key, on the value, or on both.
type test struct {
	key, value bool
	whole      bool // a hit replaces the whole text
	m          matcher
}

// matcher finds a pattern. Implementations are safe for concurrent use.
type matcher interface {
	// match reports whether the pattern occurs in s.
	match(s string) bool
	// spans appends what is to be replaced in s, from left to right without overlap, and reports whether the pattern occurs
	// at all: a match may have nothing to replace.
	spans(dst []span, s string) (spans []span, matched bool)
}

// span is a part of a text, in bytes.
type span struct{ start, end int }

// regex is a matcher that replaces groups of a pattern.
type regex struct {
	re     *dialect.Regexp
	groups []uint8
}

func (r *regex) match(s string) bool { return r.re.Match(s) }

func (r *regex) spans(dst []span, s string) (_ []span, matched bool) {
	end := 0
	r.re.All(s, func(loc []int) {
		matched = true
		for _, g := range r.groups {
			if i := 2 * int(g); i+1 < len(loc) && loc[i] >= end {
				dst = append(dst, span{loc[i], loc[i+1]})
				end = loc[i+1]
			}
		}
	})
	return dst, matched
}

// lines matches every line of a text, empty ones too; \r belongs to the line.
type lines struct{}

func (lines) match(string) bool { return true }

func (lines) spans(dst []span, s string) ([]span, bool) {
	for at := 0; ; {
		nl := strings.IndexByte(s[at:], '\n')
		if nl < 0 {
			return append(dst, span{at, len(s)}), true
		}
		dst = append(dst, span{at, at + nl})
		at += nl + 1
	}
}

// builtinTests are the tests of the rule types without parameters, by kind.
var builtinTests = sync.OnceValue(func() (tests [kinds][]test) {
	value := func(pattern string, groups ...uint8) test {
		return test{value: true, m: mustCompile(pattern, groups)}
	}
	tests[kindAnything] = []test{{value: true, m: lines{}}}
	tests[kindIMEI] = []test{value(patternIMEI)}
	tests[kindMAC] = []test{value(patternMAC)}
	tests[kindUUID] = []test{value(patternUUID)}
	tests[kindEmail] = []test{value(patternEmail)}
	tests[kindIP] = []test{value(patternIPv4), value(patternIPv6, 1)}
	tests[kindCreditCard] = []test{value(patternCreditCard)}
	tests[kindIBAN] = []test{value(patternIBAN())}
	tests[kindUserPath] = []test{value(patternUserPath, 1)}
	tests[kindPEMKey] = []test{value(patternPEMKey, 1)}
	tests[kindURLAuth] = []test{value(patternURLAuth, 1)}
	tests[kindURLAuthLegacy] = []test{value(patternLegacyAuth, 1)}
	tests[kindUSSSN] = []test{value(patternUSSSN)}
	tests[kindBearer] = []test{value(patternBearer)}
	tests[kindPassword] = []test{
		value(patternBearer),
		{key: true, whole: true, m: mustCompile(patternToken, nil)},
		{key: true, value: true, whole: true, m: mustCompile(patternSecrets, nil)},
	}
	tests[kindCookies] = []test{{key: true, value: true, m: mustCompile(patternCookies(), []uint8{1})}}
	return tests
})

// mustCompile compiles a pattern of this file; a test compiles them all.
func mustCompile(pattern string, groups []uint8) matcher {
	re, err := dialect.Compile(pattern, dialect.Options{})
	if err != nil {
		return nothing{}
	}
	if groups == nil {
		groups = []uint8{0}
	}
	return &regex{re, groups}
}

// nothing is the matcher of a pattern that does not compile (scrub 2.3).
type nothing struct{}

func (nothing) match(string) bool                         { return false }
func (nothing) spans(dst []span, _ string) ([]span, bool) { return dst, false }
