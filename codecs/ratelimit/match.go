package ratelimit

import (
	"slices"
	"strconv"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/outcome"
)

// AnyNamespace asks Matches for limits of whatever metric namespace (pipeline 5.3, 6.5).
const AnyNamespace = "*"

// UnsupportedNamespace stands for namespaces that nobody knows; it matches nothing.
const UnsupportedNamespace = "unsupported"

// Namespaces lists the metric namespaces of pipeline 5.1.
var Namespaces = []string{"sessions", "spans", "transactions", "outcomes"}

// Active reports whether the limit is still in force.
func (l Limit) Active(now time.Time) bool { return now.Before(l.Expires) }

// Seconds returns the remaining time in whole seconds, rounded up (edge 11.1); 0 when expired.
func (l Limit) Seconds(now time.Time) int64 {
	d := l.Expires.Sub(now)
	if d <= 0 {
		return 0
	}
	return int64((d + time.Second - 1) / time.Second)
}

// Matches reports whether the limit applies to a category in a scope (pipeline 6.1). namespace is that of a metric item, empty for other
// items; AnyNamespace matches every limit. Expiry is not looked at.
func (l Limit) Matches(scope dsn.Scoping, c outcome.Category, namespace string) bool {
	if len(l.Categories) > 0 && !slices.Contains(l.Categories, c) {
		return false
	}
	if l.Scope != ScopeOf(l.Scope.Kind, scope) {
		return false
	}
	if len(l.Namespaces) == 0 || namespace == AnyNamespace {
		return true
	}
	return namespace != UnsupportedNamespace && slices.Contains(l.Namespaces, namespace)
}

// same reports whether two limits have one identity.
func (l *Limit) same(o *Limit) bool {
	return l.Scope == o.Scope && l.Dimensional == o.Dimensional &&
		slices.Equal(l.Categories, o.Categories) && slices.Equal(l.Namespaces, o.Namespaces)
}

// Key returns the identity of the limit as text: scope kind and id, categories, namespaces, dimensional flag. It is the key on the
// rate-limits topic.
func (l Limit) Key() string {
	b := append(make([]byte, 0, 64), l.Scope.Kind.String()...)
	b = append(append(append(b, ':'), l.Scope.id()...), ':')
	b = append(appendCategories(b, l.Categories), ':')
	b = appendJoined(b, l.Namespaces)
	if l.Dimensional {
		b = append(b, ":dimensional"...)
	}
	return string(b)
}

// id returns the member that Kind names as text.
func (s *Scope) id() string {
	switch {
	case s.Kind == ScopeOrganization && s.Org != 0:
		return strconv.FormatUint(uint64(s.Org), 10)
	case s.Kind == ScopeProject && s.Project != 0:
		return s.Project.String()
	}
	return string(s.Key)
}

// ScopeOf returns the instance of a scope that a request belongs to.
func ScopeOf(kind ScopeKind, s dsn.Scoping) Scope {
	switch {
	case kind == ScopeOrganization && s.Org != 0:
		return Scope{Kind: kind, Org: s.Org}
	case kind == ScopeProject && s.Project != 0:
		return Scope{Kind: kind, Project: s.Project}
	case kind == ScopeOrganization, kind == ScopeProject:
		return Scope{Kind: kind, Key: s.Key}
	}
	return Scope{Kind: ScopeKey, Key: s.Key}
}

var scopeNames = [...]string{"organization", "project", "key"}

func (k ScopeKind) String() string {
	if int(k) >= len(scopeNames) {
		return "key"
	}
	return scopeNames[k]
}

// ParseScopeKind reads a scope name; every other text is ScopeKey (pipeline 6.3).
func ParseScopeKind(s string) ScopeKind {
	for i, name := range scopeNames {
		if name == s {
			return ScopeKind(i)
		}
	}
	return ScopeKey
}

func appendCategories(dst []byte, list []outcome.Category) []byte {
	for i, c := range list {
		if i > 0 {
			dst = append(dst, ';')
		}
		dst = append(dst, c.String()...)
	}
	return dst
}

func appendJoined(dst []byte, list []string) []byte {
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ';')
		}
		dst = append(dst, s...)
	}
	return dst
}
