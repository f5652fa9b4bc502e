package projects

import (
	"errors"
	"time"
)

// Policy says how long a state may be used (pipeline 3.4, edge 10.2).
type Policy struct {
	Expiry  time.Duration // cache.project_expiry; default 5 min
	Grace   time.Duration // cache.project_grace_period; default 2 min
	Refresh time.Duration // cache.project_refresh_interval; 0: none; without effect unless Expiry < Refresh < Expiry+Grace
}

// DefaultPolicy has the defaults of the contract.
func DefaultPolicy() Policy { return Policy{Expiry: 5 * time.Minute, Grace: 2 * time.Minute} }

// Validate reports negative times.
func (p Policy) Validate() error {
	var errs []error
	for name, d := range map[string]time.Duration{"expiry": p.Expiry, "grace": p.Grace, "refresh": p.Refresh} {
		if d < 0 {
			errs = append(errs, errors.New("projects: policy: "+name+" is negative"))
		}
	}
	return errors.Join(errs...)
}

// Use says what a row is good for.
type Use uint8

// The uses.
const (
	Absent Use = iota // as if there were no row
	Stale             // usable; an access asks for a new one
	Fresh             // usable
)

// Use judges a row.
func (p Policy) Use(e *Entry, now time.Time) Use {
	switch {
	case e.Evict.IsZero():
		return Fresh
	case e.Asked.IsZero() && !now.Before(e.Evict):
		return Absent
	case now.Sub(e.Updated) >= p.Expiry || !now.Before(e.Evict):
		return Stale
	}
	return Fresh
}

// WantsRefresh says that a row is to be fetched again although nobody asked.
func (p Policy) WantsRefresh(e *Entry, now time.Time) bool {
	return !e.Evict.IsZero() && e.Asked.IsZero() && p.refreshes() && now.Sub(e.Updated) >= p.Refresh && now.Before(e.Evict)
}

func (p Policy) refreshes() bool { return p.Expiry < p.Refresh && p.Refresh < p.Expiry+p.Grace }

// Completed returns next as the row that a fetch completed at now leaves behind old (nil: none). A refresh that no access asked for
// does not move the time of eviction.
func (p Policy) Completed(old *Entry, next Entry, background bool, now time.Time) Entry {
	next.Updated, next.Asked, next.Evict = now, time.Time{}, now.Add(p.Expiry+p.Grace)
	if background && old != nil && !old.Evict.IsZero() && p.Use(old, now) != Absent {
		next.Evict = old.Evict
	}
	return next
}
