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
	// possible reports whether the pattern can occur in a text with these features. It is asked before the other two.
	possible(f *features) bool
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
	need   func(*features) bool // nil: always possible
	hint   func(string) bool    // a second look before the pattern runs; nil: none
}

func (r *regex) possible(f *features) bool { return r.need == nil || r.need(f) }

func (r *regex) match(s string) bool { return (r.hint == nil || r.hint(s)) && r.re.Match(s) }

func (r *regex) spans(dst []span, s string) (_ []span, matched bool) {
	if r.hint != nil && !r.hint(s) {
		return dst, false
	}
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

func (lines) possible(*features) bool { return true }
func (lines) match(string) bool       { return true }

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
	value := func(m matcher) []test { return []test{{value: true, m: m}} }
	tests[kindAnything] = value(lines{})
	tests[kindIMEI] = value(findIMEI)
	tests[kindMAC] = value(findMAC)
	tests[kindUUID] = value(&uuids{mustCompile(patternUUID, nil)})
	tests[kindEmail] = value(findEmail)
	tests[kindIP] = append(value(findIPv4), value(findIPv6)...)
	tests[kindCreditCard] = value(findCreditCard)
	tests[kindIBAN] = value(findIBAN)
	tests[kindUserPath] = value(&regex{
		re: mustCompile(patternUserPath, nil).re, groups: []uint8{1},
		need: func(f *features) bool { return f.has&(hasSlash|hasBackslash) != 0 },
		hint: newWordList([]string{"users", "home", "documentsandsettings", "profiles"}).match,
	})
	tests[kindPEMKey] = value(&regex{
		re: mustCompile(patternPEMKey, nil).re, groups: []uint8{1},
		need: func(f *features) bool { return f.has&hasDash != 0 },
		hint: func(s string) bool { return strings.Contains(s, "-----BEGIN") },
	})
	tests[kindURLAuth] = value(findURLAuth)
	tests[kindURLAuthLegacy] = value(findLegacyAuth)
	tests[kindUSSSN] = value(findUSSSN)
	tests[kindBearer] = value(findBearer)
	tests[kindPassword] = append(value(findBearer),
		test{key: true, whole: true, m: tokenWord{}},
		test{key: true, value: true, whole: true, m: secrets{}})
	tests[kindCookies] = []test{{key: true, value: true, m: &regex{
		re: mustCompile(patternCookies(), nil).re, groups: []uint8{1},
		need: func(f *features) bool { return f.has&hasEquals != 0 },
		hint: newWordList(cookieNames).match,
	}}}
	return tests
})

// mustCompile compiles a pattern of this file; a test compiles them all. Without groups the whole match is replaced.
func mustCompile(pattern string, need func(*features) bool, groups ...uint8) *regex {
	re, err := dialect.Compile(pattern, dialect.Options{})
	if err != nil {
		re, _ = dialect.Compile(`[^\x00-\x{10ffff}]`, dialect.Options{}) // unreachable: constant patterns
	}
	if groups == nil {
		groups = []uint8{0}
	}
	return &regex{re: re, groups: groups, need: need}
}

// uuids finds identifiers by hand unless the text has letters that only fold into ASCII.
type uuids struct{ folded *regex }

func (*uuids) possible(f *features) bool { return findUUID.need(f) }

func (u *uuids) match(s string) bool {
	if foldsIntoASCII(s) {
		return u.folded.match(s)
	}
	return findUUID.match(s)
}

func (u *uuids) spans(dst []span, s string) ([]span, bool) {
	if foldsIntoASCII(s) {
		return u.folded.spans(dst, s)
	}
	return findUUID.spans(dst, s)
}
