package ratelimit

import (
	"slices"
	"time"

	"weir/codecs/outcome"
)

// Set is a list of limits in order of discovery, no two of one identity (pipeline 6.1). The zero value is empty.
// It is not safe for concurrent use.
type Set struct{ limits []Limit }

// Add puts a limit into the set. Of two with one identity the one with the later expiry stays with its reason, in the place of the
// first; at equal seconds the newer one.
func (s *Set) Add(l Limit) {
	for i := range s.limits {
		if !s.limits[i].same(&l) {
			continue
		}
		if l.Expires.Unix() >= s.limits[i].Expires.Unix() {
			s.limits[i] = l
		}
		return
	}
	s.limits = append(s.limits, l)
}

// Cache adds a limit as it is kept for later requests: not at all when it is dimensional, for transaction and span together when it names
// one of them (pipeline 6.2).
func (s *Set) Cache(l Limit) {
	if l, ok := l.Cached(); ok {
		s.Add(l)
	}
}

// Cached returns the form in which a limit is kept for later requests, and whether it is kept (pipeline 6.2).
func (l Limit) Cached() (Limit, bool) {
	if l.Dimensional {
		return Limit{}, false
	}
	transaction, span := slices.Contains(l.Categories, outcome.Transaction), slices.Contains(l.Categories, outcome.Span)
	if transaction != span {
		l.Categories = SortCategories(append(slices.Clone(l.Categories), outcome.Transaction, outcome.Span))
	}
	return l, true
}

// SortCategories sorts by number with Unknown last and removes duplicates, in place.
func SortCategories(list []outcome.Category) []outcome.Category {
	// As unsigned bytes the only negative category, Unknown, is the largest.
	slices.SortFunc(list, func(a, b outcome.Category) int { return int(uint8(a)) - int(uint8(b)) })
	return slices.Compact(list)
}

// Active removes what has expired and returns the rest in order. The slice is the caller's.
func (s *Set) Active(now time.Time) []Limit {
	s.limits = slices.DeleteFunc(s.limits, func(l Limit) bool { return !l.Active(now) })
	return slices.Clone(s.limits)
}

// Len returns the number of limits, expired ones included.
func (s *Set) Len() int { return len(s.limits) }

// Longest returns the limit with the latest expiry, of several the last one; its reason is the reason of the outcome (pipeline 6.1).
func Longest(limits []Limit) (Limit, bool) {
	if len(limits) == 0 {
		return Limit{}, false
	}
	longest := 0
	for i := range limits {
		if !limits[i].Expires.Before(limits[longest].Expires) {
			longest = i
		}
	}
	return limits[longest], true
}
