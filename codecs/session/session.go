package session

import (
	"strings"
	"time"

	"weir/codecs/envelope"
)

// Session is a parsed item: one update, or aggregate rows.
type Session struct {
	Attrs
	Aggregate bool // the item was `sessions`
	Update    Update
	Rows      []Row
}

// Attrs tell where a session ran. HasX tells a present empty text from an absent one.
type Attrs struct {
	Release        string
	Environment    string
	HasEnvironment bool
	IPAddress      string // an address or {{auto}}, empty: none
	UserAgent      string
}

// Update is the state of one session.
type Update struct {
	ID        envelope.EventID // sid
	HasID     bool             // false: make a random one
	User      string           // did
	HasUser   bool
	Init      bool
	Timestamp time.Time // zero: the receive time
	Started   time.Time
	Status    Status
	Errors    uint64
	Mechanism string // anr_foreground, anr_background or empty
}

// Status is the state that an update reports.
type Status uint8

// The statuses; all other texts are StatusOther.
const (
	StatusOK Status = iota
	StatusExited
	StatusCrashed
	StatusAbnormal
	StatusErrored
	StatusUnhandled
	StatusOther
)

var statusNames = [...]string{"ok", "exited", "crashed", "abnormal", "errored", "unhandled"}

func parseStatus(s string) Status {
	for i, n := range statusNames {
		if n == s {
			return Status(i)
		}
	}
	return StatusOther
}

// Row is one aggregate row.
type Row struct {
	Started                                       time.Time
	User                                          string // did
	HasUser                                       bool
	Exited, Errored, Abnormal, Unhandled, Crashed uint32
}

// Count is what the item counts for: one update, or its rows (pipeline 6.4).
func (s *Session) Count() uint64 {
	if s.Aggregate {
		return uint64(len(s.Rows))
	}
	return 1
}

// Window is how far session times may be away from the receive time.
type Window struct{ Past, Future time.Duration }

func (w Window) holds(t, received time.Time) bool {
	return received.Sub(t) <= w.Past && t.Sub(received) <= w.Future
}

// Adjust applies items 4.2 steps 3 to 6: clock drift, the order of the two times, age and names. It returns false when the item has to
// go; of an aggregate only the bad rows go. drift is zero when there is nothing to correct.
func (s *Session) Adjust(drift time.Duration, received time.Time, w Window) bool {
	if s.Aggregate {
		kept := s.Rows[:0]
		for _, r := range s.Rows {
			if r.Started = r.Started.Add(drift); w.holds(r.Started, received) {
				kept = append(kept, r)
			}
		}
		s.Rows = kept
	} else {
		u := &s.Update
		if u.Timestamp.IsZero() {
			u.Timestamp = received
		} else {
			u.Timestamp = u.Timestamp.Add(drift)
		}
		if u.Started = u.Started.Add(drift); u.Timestamp.Before(u.Started) {
			u.Timestamp = u.Started
		}
		if !w.holds(u.Timestamp, received) || !w.holds(u.Started, received) {
			return false
		}
	}
	if !validName(s.Release, 200, "latest") {
		return false
	}
	if s.HasEnvironment && !validName(s.Environment, 64, "none") {
		s.Environment, s.HasEnvironment = "", false
	}
	return true
}

// validName is the rule for releases and environments (pipeline 10.2 step 5).
func validName(s string, maxBytes int, reserved string) bool {
	if len(s) > maxBytes || s == "." || s == ".." || strings.EqualFold(s, reserved) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == 0x7F || c == '/' || c == '\\' {
			return false
		}
	}
	return true
}
