package normalize

import (
	"net/netip"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/project"
)

// Inputs are the facts and switches that one event is normalized with (1.4). The zero value is the library mode of the
// test vectors (18): nothing is known, nothing is optional but unknown keys are removed.
type Inputs struct {
	ReceivedAt time.Time // start of the request
	SentAt     time.Time // envelope header; zero: unknown. Used with Server only
	// MaxPast and MaxFuture limit how far the event's time may be from ReceivedAt.
	MaxPast, MaxFuture Limit

	Project  uint64 // 0: unknown
	KeyID    string
	Version  string // protocol version
	Client   string // SDK name/version from the authentication
	Grouping []byte // JSON

	ClientIP   string // the connection's address, if it is one
	InferIP    bool   // it may be used as the user's
	UserAgent  string
	Hints      envelope.ClientHints
	Empty      envelope.Empty // which of user agent and hints are there and empty
	SampleRate *float64
	ReplayID   envelope.EventID

	Server *ServerInputs // nil in library mode
	Rules  *Rules        // nil: none

	ReadOnly    bool // the event is read by the schema, and nothing more
	KeepUnknown bool // unknown keys stay (13)
	Renormalize bool // validation, checks and enrichment are skipped (8.1)
	Trim        bool // limits are applied (12)
	UserAgents  bool // contexts are read from the event's own user agent (9.13)
	Spans       bool // exclusive times and span renames (11.7)
	SpanTags    bool // sentry_tags and segment names (11.10)

	// Random gives the bytes of a generated id; equal purposes give equal bytes. nil: zeros.
	Random func(purpose string) [16]byte
}

// Limit is a distance in time that may not be exceeded, even if it is 0. The zero value is none.
type Limit struct {
	distance time.Duration
	set      bool
}

// Within is the limit d.
func Within(d time.Duration) Limit { return Limit{d, true} }

// ServerInputs switch on what only the pipeline does, not the library (6, 7.2).
type ServerInputs struct {
	Type     EventType
	EventID  envelope.EventID
	Counters Counters
	// Trace is `trace` of the envelope header, JSON; nil: none.
	Trace     []byte
	PublicKey string // own key
	// Sampling returns the state of the project that a trace header's key belongs to, nil if it is not resolved; nil: of none.
	Sampling func(key string) *project.State
	// From and To bound the seconds in which transactions may start and end: [From, To).
	From, To time.Time
	Crash    *CrashFile // native crash that the event stands for
	// FullyNormalized says that a trusted relay has done everything but section 6 (1.2).
	FullyNormalized bool
	// Forwarding is that of the configuration.
	Forwarding *Forwarding
	// PerformanceIssues marks a transaction whose spans are looked through for problems (items 16.5).
	PerformanceIssues bool
	// Profile is the id of the profile beside a transaction (6); nil ids clear what the client sent.
	Profile envelope.EventID
}

func (s *ServerInputs) sampling(key string) *project.State {
	if s.Sampling == nil {
		return nil
	}
	return s.Sampling(key)
}

// Counters become `_metrics` (6.3).
type Counters struct{ Event, Minidump, AppleCrash, Attachments Counter }

// Counter is a number of bytes; what is not known is not written.
type Counter struct {
	N     uint64
	Known bool
}

// Add counts n more bytes, be that none.
func (c *Counter) Add(n int) { c.N, c.Known = c.N+uint64(n), true }

// EventType is how the item decides about the event's type (1.1).
type EventType uint8

// The types that items force.
const (
	TypeInferred EventType = iota // event item: error, csp or default by content
	TypeTransaction
	TypeFeedback
	TypeCSP
)

// Location is what the geo database says about an address (9.3).
type Location struct{ CountryCode, City, Subdivision, Region string }

// Locator looks an address up; ok is false when nothing is known.
type Locator func(netip.Addr) (loc Location, ok bool)

func (in *Inputs) random(purpose string) [16]byte {
	if in.Random == nil {
		return [16]byte{}
	}
	return in.Random(purpose)
}
