package ratelimit

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/outcome"
)

// ReasonGeneric is the reason of a limit that an upstream did not explain (pipeline 6.3).
const ReasonGeneric outcome.Reason = "generic"

// Header returns the text of X-Sentry-Rate-Limits: one entry a limit, in order (pipeline 6.3, edge 11.1).
func Header(limits []Limit, now time.Time) string {
	b := make([]byte, 0, 48*len(limits))
	for i := range limits {
		l := &limits[i]
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(strconv.AppendInt(b, l.Seconds(now), 10), ':')
		b = append(appendCategories(b, l.Categories), ':')
		b = append(b, l.Scope.Kind.String()...)
		if l.Reason != "" || len(l.Namespaces) > 0 {
			b = append(append(b, ':'), l.Reason.Text()...)
		}
		if len(l.Namespaces) > 0 {
			b = appendJoined(append(b, ':'), l.Namespaces)
		}
	}
	return string(b)
}

// RetryAfter returns the seconds of the limit that lasts longest, as in its header entry; 0 without limits (edge 11.1).
func RetryAfter(limits []Limit, now time.Time) int64 {
	l, ok := Longest(limits)
	if !ok {
		return 0
	}
	return l.Seconds(now)
}

// ParseHeader reads an upstream's 429 (edge 11.3, pipeline 6.3): header is all X-Sentry-Rate-Limits lines joined by commas, retryAfter
// that header's text or empty. Scope instances are those of the request. Without an active limit in the header, Retry-After counts for all
// categories of the key. Only active limits are returned.
func ParseHeader(header, retryAfter string, scope dsn.Scoping, now time.Time) []Limit {
	var set Set
	for entry := range strings.SplitSeq(header, ",") {
		if l, ok := parseEntry(strings.TrimSpace(entry), scope, now); ok {
			set.Add(l)
		}
	}
	if active := set.Active(now); len(active) > 0 {
		return active
	}
	d, ok := parseSeconds(strings.TrimSpace(retryAfter))
	if !ok || d == 0 {
		return nil
	}
	return []Limit{{Scope: ScopeOf(ScopeKey, scope), Reason: ReasonGeneric, Expires: now.Add(d)}}
}

func parseEntry(entry string, scope dsn.Scoping, now time.Time) (Limit, bool) {
	fields := strings.Split(entry, ":")
	d, ok := parseSeconds(fields[0])
	if !ok {
		return Limit{}, false
	}
	field := func(i int) string {
		if i < len(fields) {
			return fields[i]
		}
		return ""
	}
	l := Limit{
		Expires: now.Add(d),
		Scope:   ScopeOf(ParseScopeKind(field(2)), scope),
		Reason:  outcome.Reason(field(3)),
	}
	for name := range strings.SplitSeq(field(1), ";") {
		if name != "" {
			l.Categories = append(l.Categories, outcome.ParseCategory(name))
		}
	}
	l.Categories = SortCategories(l.Categories)
	for name := range strings.SplitSeq(field(4), ";") {
		switch {
		case name == "":
		case slices.Contains(Namespaces, name):
			l.Namespaces = append(l.Namespaces, name)
		default:
			l.Namespaces = append(l.Namespaces, UnsupportedNamespace)
		}
	}
	return l, true
}

// maxSeconds keeps expiry times within what time.Duration can hold.
const maxSeconds = 100 * 365 * 24 * 3600

// parseSeconds reads a decimal number of seconds, rounded up; negative, infinite, NaN and overflowing numbers are 0.
func parseSeconds(s string) (time.Duration, bool) {
	if strings.ContainsAny(s, "xXpP_") {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	if math.IsNaN(f) || f <= 0 || f >= 1<<64 {
		return 0, true
	}
	return time.Duration(min(math.Ceil(f), maxSeconds)) * time.Second, true
}
