package normalize

import (
	"regexp"
	"strings"
	"time"

	"weir/codecs/event"
	"weir/codecs/project"
)

// identifiers finds the parts of a transaction name that are ids; the alternatives are tried in this order at every
// position, the first position wins (11.2).
var identifiers = regexp.MustCompile(strings.Join([]string{
	`(?P<uuid>[^/\\]*\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b[^/\\]*)`,
	`(?P<sha1>[^/\\]*\b[0-9a-fA-F]{40}\b[^/\\]*)`,
	`(?P<md5>[^/\\]*\b[0-9a-fA-F]{32}\b[^/\\]*)`,
	`(?P<date>[^/\\]*[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?(?:Z|[+-][0-2][0-9]:[0-5][0-9])` +
		`|\b(?:` + weekdays + gap + `)?` + months + gap + `[0-9]{1,2}` + gap + `[0-9]{2}:[0-9]{2}:[0-9]{2}` + gap + `[0-9]{4}` +
		`|\b(?:` + weekdays + `,` + gap + `)?(?:0[1-9]|[12]?[0-9]|3[01])` + gap + months + gap + `(?:19[0-9]{2}|[2-9][0-9]{3})` + gap +
		`(?:2[0-3]|[01][0-9]):[0-5][0-9](?::(?:60|[0-5][0-9]))?` + gap + `(?:[A-IK-Z]|[+-][0-9]{2}[0-5][0-9])[^/\\]*)`,
	`(?P<hex>[^/\\]*\b0[xX][0-9a-fA-F]+\b[^/\\]*)`,
	`(?:^|[/\\])(?P<int>(?:[^%/\\]|%[0-9a-fA-F]{2})*[0-9]{2}[^/\\]*)`,
}, "|"))

const (
	weekdays = `(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)`
	months   = `(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)`
	gap      = `[\t-\r ]+`
)

var identifierNames = identifiers.SubexpNames()

// scrubIdentifiers replaces ids by *, and says which (ranges of the original name). No id reaches over a slash, so every segment is looked at
// alone, and the expression is asked only about those that can hold what it knows.
func scrubIdentifiers(name string) (result string, remarks []event.Remark) {
	for from := 0; from <= len(name); {
		end := len(name)
		if i := strings.IndexAny(name[from:], `/\`); i >= 0 {
			end = from + i
		}
		s := traitsOf(name[from:end])
		switch {
		case s.number && (from > 0 || !s.special):
			remarks = append(remarks, event.Remark{Rule: "int", Type: 's', Start: from, End: end, HasRange: true})
		case s.special:
			remarks = appendIdentifiers(remarks, name[from:end], from)
		}
		from = end + 1
	}
	if len(remarks) == 0 {
		return name, nil
	}
	var b strings.Builder
	at := 0
	for _, r := range remarks {
		b.WriteString(name[at:r.Start])
		b.WriteByte('*')
		at = r.End
	}
	b.WriteString(name[at:])
	if result = b.String(); result == "" || result == "*" {
		return name, remarks
	}
	return result, remarks
}

// appendIdentifiers appends what the expression finds in the segment of a name that starts at base.
func appendIdentifiers(remarks []event.Remark, segment string, base int) []event.Remark {
	for _, loc := range identifiers.FindAllStringSubmatchIndex(segment, -1) {
		for g := 1; g < len(identifierNames); g++ {
			if start, end := loc[2*g], loc[2*g+1]; start >= 0 {
				remarks = append(remarks, event.Remark{Rule: identifierNames[g], Type: 's', Start: base + start, End: base + end, HasRange: true})
			}
		}
	}
	return remarks
}

// traits of a segment: number says that it is an `int`, special that another id may be in it.
type traits struct{ number, special bool }

func traitsOf(segment string) (t traits) {
	hex, digits, broken, escaped := 0, 0, false, 0
	for i := range len(segment) {
		switch c := segment[i]; {
		case c >= '0' && c <= '9':
			hex++
			t.special = t.special || hex >= 8
			if i < escaped {
				continue
			}
			if digits++; digits == 2 && !broken {
				t.number = true
			}
			continue
		case unhex(c) <= 15:
			hex++
			t.special = t.special || hex >= 8
		case c == ':' || (c == 'x' || c == 'X') && i > 0 && segment[i-1] == '0':
			t.special, hex = true, 0
		case c == '%':
			broken = broken || i+2 >= len(segment) || unhex(segment[i+1]) > 15 || unhex(segment[i+2]) > 15
			hex, escaped = 0, i+3
		default:
			hex = 0
		}
		digits = 0
	}
	return t
}

// nameRule is a compiled rename rule (11.3).
type nameRule struct {
	pattern string
	expr    *regexp.Regexp
	expiry  time.Time
	replace bool
	by      string
}

func compileNameRules(rules []project.TxNameRule) []nameRule {
	var out []nameRule
	for _, r := range rules {
		if expr, err := regexp.Compile(globExpr(r.Pattern)); err == nil {
			out = append(out, nameRule{pattern: r.Pattern, expr: expr, expiry: r.Expiry, replace: !r.Unknown, by: r.Substitution})
		}
	}
	return out
}

// globExpr translates a rename pattern; what its stars match is captured.
func globExpr(pattern string) string {
	var b strings.Builder
	b.WriteString(`^`)
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\' && strings.HasPrefix(pattern[i+1:], "**"):
			b.WriteString(`\*\*`)
			i += 2
		case c == '\\' && i+1 < len(pattern) && (pattern[i+1] == '*' || pattern[i+1] == '?'):
			b.WriteString(`\` + pattern[i+1:i+2])
			i++
		case strings.HasPrefix(pattern[i:], "**"):
			b.WriteString(`.*?`)
			i++
		case c == '*':
			b.WriteString(`([^/]*?)`)
		case c == '?':
			b.WriteString(`(?s:.)`)
		default:
			start := i
			for i+1 < len(pattern) && strings.IndexByte(`\*?`, pattern[i+1]) < 0 {
				i++
			}
			b.WriteString(regexp.QuoteMeta(pattern[start : i+1]))
		}
	}
	b.WriteString(`$`)
	return b.String()
}

// renamed applies the first rule that is valid at now and matches; rule is empty when nothing changed.
func renamed(rules []nameRule, name string, now time.Time) (result, rule string) {
	for i := range rules {
		r := &rules[i]
		if !r.expiry.After(now) {
			continue
		}
		text, slash := name, strings.HasSuffix(name, "/")
		if !slash {
			text += "/"
		}
		loc := r.expr.FindStringSubmatchIndex(text)
		if loc == nil {
			continue
		}
		if !r.replace {
			return name, ""
		}
		var b strings.Builder
		at := 0
		for g := 2; g < len(loc); g += 2 {
			b.WriteString(text[at:loc[g]])
			b.WriteString(r.by)
			at = loc[g+1]
		}
		b.WriteString(text[at:])
		result = b.String()
		if !slash {
			result = strings.TrimSuffix(result, "/")
		}
		if result == name {
			return name, ""
		}
		return result, r.pattern
	}
	return name, ""
}
