package match

import (
	"strings"

	"weir/codecs/project"
)

// Source is a pattern for origins and CSP uris, split into its parts; nil parts match anything (filters 4.6).
type Source struct{ scheme, domain, port part }

// part is one component; any is true when it is absent or `*`.
type part struct {
	text string
	any  bool
}

func partOf(text string) part {
	if text == "*" {
		return part{any: true}
	}
	return part{text: strings.ToLower(text)}
}

// ParseSource splits a text into scheme, domain and port; every text is a source.
func ParseSource(s string) Source {
	src := Source{scheme: part{any: true}, port: part{any: true}}
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		src.scheme, s = partOf(scheme), rest
	}
	s, _, _ = strings.Cut(s, "/")
	from := strings.LastIndexByte(s, ']') + 1
	if colon := strings.LastIndexByte(s[from:], ':'); colon >= 0 {
		src.port = partOf(s[from+colon+1:])
		s = s[:from+colon]
	}
	src.domain = partOf(s)
	return src
}

// Matches reports whether uri fits the pattern s. A part of uri that is absent or `*` equals no concrete part.
func (s Source) Matches(uri Source) bool {
	return s.scheme.matches(uri.scheme) && s.port.matches(uri.port) && s.domain.matchesDomain(uri.domain)
}

// MatchesAll reports whether s fits everything, even an absent uri.
func (s Source) MatchesAll() bool { return s.scheme.any && s.domain.any && s.port.any }

func (p part) matches(q part) bool { return p.any || !q.any && p.text == q.text }

func (p part) matchesDomain(q part) bool {
	if p.matches(q) {
		return true
	}
	if q.any || !strings.HasPrefix(p.text, "*") {
		return false
	}
	return strings.HasSuffix(q.text, p.text[1:]) || len(p.text) >= 2 && p.text[1] == '.' && q.text == p.text[2:]
}

// Sources is a compiled list of patterns.
type Sources struct {
	list []Source
	all  bool
}

// CompileSources splits every text.
func CompileSources(texts []string) *Sources {
	s := &Sources{}
	for _, t := range texts {
		src := ParseSource(t)
		s.list = append(s.list, src)
		s.all = s.all || src.MatchesAll()
	}
	return s
}

// MatchesAll reports whether one pattern fits everything, even an absent uri.
func (s *Sources) MatchesAll() bool { return s.all }

// Match reports whether any pattern fits uri.
func (s *Sources) Match(uri string) bool {
	if s.all {
		return true
	}
	if len(s.list) == 0 {
		return false
	}
	u := ParseSource(uri)
	for _, src := range s.list {
		if src.Matches(u) {
			return true
		}
	}
	return false
}

type allowedDomains struct{}

// OriginAllowed reports whether an origin may send to a project: an empty allowedDomains allows none (edge 10.3).
func OriginAllowed(st *project.State, origin string) bool {
	return project.Memoize(&st.Memo, allowedDomains{}, func() *Sources {
		return CompileSources(st.Config.AllowedDomains)
	}).Match(origin)
}
