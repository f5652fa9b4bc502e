package processors

import (
	"time"

	"weir/codecs/checkin"
	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/ingest"
	"weir/codecs/metric"
	"weir/codecs/outcome"
	"weir/codecs/profile"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
	"weir/codecs/record"
	"weir/codecs/session"
)

// Kind says which items share a fate in a unit; it selects the chain (pipeline 1, step 4).
type Kind uint8

// The kinds, in the order in which the units of one envelope are processed.
const (
	KindSessions Kind = iota
	KindClientReport
	KindReplay
	KindSpans
	KindLogs
	KindTraceMetrics
	KindProfileChunk
	KindCheckIn
	KindError       // error, default, security, feedback, minidump
	KindTransaction // with its attachments and profile
	KindAttachments // standalone
	KindUserReports // standalone
	KindProfile     // left alone
	KindMetrics     // buckets of other relays
	KindUnknown     // what no group takes
)

// AllKinds lists the kinds in processing order.
var AllKinds = []Kind{KindSessions, KindClientReport, KindReplay, KindSpans, KindLogs, KindTraceMetrics, KindProfileChunk, KindCheckIn, KindError, KindTransaction, KindAttachments, KindUserReports, KindProfile, KindMetrics, KindUnknown}

var kindNames = [...]string{"sessions", "client_report", "replay", "spans", "logs", "trace_metrics", "profile_chunk", "check_in", "error", "transaction", "attachments", "user_reports", "profile", "metrics", "unknown"}

func (k Kind) String() string { return kindNames[k] }

// Facts are what every unit of one envelope knows about it. They do not change while units are processed.
type Facts struct {
	Receipt    raw.ReceiptID
	ReceivedAt time.Time
	Now        time.Time // processing time: only quota windows and limit expiry use it (house 1.2)
	Scope      dsn.Scoping
	Header     *envelope.Header
	Trusted    bool
	Replay     bool // put through the chain by `weir replay`
	Project    *project.State
	Global     *project.Global
	// Sampling is the state of the project that the trace header's public key names; nil while it is not resolved: disabled, unknown or
	// of another organization. The own key needs none (pipeline 1 step 3, items 16.2).
	Sampling *project.State
	// Limits are the cached rate limits of the key at dequeue (pipeline 6.2).
	Limits []ratelimit.Limit
}

// Unit is the work of one chain: items that share a fate.
type Unit struct {
	*Facts
	Kind  Kind
	Index int // position in the envelope's list of units
	Items []*Item

	// Main is the item that creates the event of KindError and KindTransaction: set when the envelope is split, possibly a crash
	// file; nil for units without an event.
	Main *Item
	// Event is the parsed event of KindError and KindTransaction, set by normalize.
	Event *event.Doc
	// EventID is the envelope's event id.
	EventID envelope.EventID
	// EventCategory is the category of Event (pipeline 4), outcome.Unknown for units without an event.
	EventCategory outcome.Category

	// CheckIn is the parsed payload of KindCheckIn.
	CheckIn *checkin.CheckIn
	// Buckets are the metrics of KindSessions and KindMetrics, aggregated within the unit.
	Buckets []metric.Bucket
	// SampledOut says that dynamic sampling left the unit out: its usage is the only thing that no quota has seen (pipeline 6.7).
	SampledOut bool
	// SpansLimited says that a quota took the spans of a transaction that stays itself (pipeline 6.6): no span
	// messages and no usage counters.
	SpansLimited bool
	// ProfilerLimited says that a rate limit took the link of a transaction to a continuous profile (items 9.1).
	ProfilerLimited bool
	// ServerSampleRate is the rate of the sampling rule that decided to keep a transaction or the spans of a container, above 0 and at most 1;
	// 0: no rule matched (items 18.3).
	ServerSampleRate float64

	// Out holds the messages for the operator's topics, written by route in emission order.
	Out []ingest.Message
	// Learned are rate limits found by the quota step, for the cache (pipeline 6.6).
	Learned []ratelimit.Limit
	// Counts are tallies that belong to no item: client reports and usage counters.
	Counts []Count
	// Unchecked says that the quota store did not answer and the check was skipped (pipeline 5.5).
	Unchecked bool
}

// Count is a tally that a step made with Unit.Count.
type Count struct {
	ID        outcome.ID
	Reason    outcome.Reason
	Category  outcome.Category
	N         uint64
	Timestamp time.Time
	Source    string // of the relay that counted it; empty: our own
}

// Fate is how an item ended.
type Fate uint8

// The fates. Every item has one other than FateOpen when its chain is done.
const (
	FateOpen     Fate = iota
	FateAccepted      // an ingest message, or merged into one, or counted (client report)
	FateDropped       // outcome, or silently where the contract says so
	FateDead
)

// Item is an envelope item with its end.
type Item struct {
	envelope.Item
	Index  int // position in the envelope; derived items continue the count
	Fate   Fate
	ID     outcome.ID     // with FateDropped
	Reason outcome.Reason // with FateDropped and FateDead
	Silent bool           // with FateDropped: no outcome message
	Step   string         // the step that decided, filled in by the chain
	// Session is the parsed payload of session and sessions items.
	Session *session.Session
	// Profile and Chunk are the parsed payload of profile and profile_chunk items until it is written again.
	Profile *profile.Profile
	Chunk   *profile.Chunk
	// Parent is the item that a derived item came out of: a container, an OTLP or NEL payload, a transaction; nil: the item was in the
	// envelope. A span item of version 1 has no member: it is its own.
	Parent *Item
	// Record is the payload parsed: of a member of a container a span, log or trace metric in the JSON form of version 2, of a replay event
	// the event. Doc owns it; members share the Doc of their container, spans of a transaction that of the event. Nil: nothing is
	// parsed, or Event holds it. A step that judges or edits members takes the open items with a Record.
	Record *event.Value
	Doc    *event.Doc
	// Settings are what the container of records says about additions to them, or what holds for a span of version 1 (items 3.1, 13).
	Settings record.Settings
	// Size is the canonical size of a log or trace metric in bytes, taken before anything is changed (items 3.6).
	Size uint64
	// Quantities override what the item counts for, where a step knows better than the headers
	// (pipeline 6.4 "once parsed"); nil means: derive them from the item.
	Quantities []outcome.Quantity
}

// Drop ends one item. An item that has ended already keeps its first end.
func (u *Unit) Drop(it *Item, id outcome.ID, reason outcome.Reason) {
	if it.Fate == FateOpen {
		it.Fate, it.ID, it.Reason = FateDropped, id, reason
	}
}

// DropSilent ends one item without an outcome message.
func (u *Unit) DropSilent(it *Item, id outcome.ID, reason outcome.Reason) {
	if it.Fate == FateOpen {
		it.Fate, it.ID, it.Reason, it.Silent = FateDropped, id, reason, true
	}
}

// Accept ends one item as delivered.
func (u *Unit) Accept(it *Item) {
	if it.Fate == FateOpen {
		it.Fate = FateAccepted
	}
}

// Add appends an item that derives from nothing: those of the envelope.
func (u *Unit) Add(it *Item) { u.Items = append(u.Items, it) }

// Derive appends a member of a container (it.Parent). From then on the container counts for nothing: what happens to it is told by its
// members, and it ends when the last of them has ended (Settle).
func (u *Unit) Derive(it *Item) {
	it.Index = len(u.Items) + derivedIndex
	if it.Parent != nil && it.Parent != u.Main {
		it.Parent.Quantities = noQuantities
	}
	u.Items = append(u.Items, it)
}

// derivedIndex is where the indexes of derived items begin, above those of any envelope.
const derivedIndex = 1 << 20

var noQuantities = []outcome.Quantity{}

// Settle ends the open containers whose members have all ended: as accepted when a member was, else as dropped with the end of the first
// member. The chain calls it after each step. The event of a unit is not ended by its spans.
func (u *Unit) Settle() {
	for i := len(u.Items) - 1; i >= 0 && u.Items[i].Parent != nil; i-- {
		if u.Items[i].Fate == FateOpen {
			return // members come last, and in most units nearly all of them are open
		}
	}
	for _, c := range u.Items {
		if c.Parent != nil {
			return
		}
		if c.Fate != FateOpen || c == u.Main {
			continue
		}
		var first *Item
		for _, it := range u.Items {
			if it.Parent != c {
				continue
			}
			if first == nil || first.Fate == FateDropped && it.Fate == FateAccepted {
				first = it
			}
		}
		if first != nil {
			c.Fate, c.ID, c.Reason, c.Silent = first.Fate, first.ID, first.Reason, first.Silent
		}
	}
}

// Count adds a tally that belongs to no item, at time at.
func (u *Unit) Count(id outcome.ID, reason outcome.Reason, c outcome.Category, n uint64, at time.Time) {
	u.Counts = append(u.Counts, Count{ID: id, Reason: reason, Category: c, N: n, Timestamp: at})
}

// CountFrom is Count for what a relay below has counted.
func (u *Unit) CountFrom(source string, id outcome.ID, reason outcome.Reason, c outcome.Category, n uint64, at time.Time) {
	u.Counts = append(u.Counts, Count{ID: id, Reason: reason, Category: c, N: n, Timestamp: at, Source: source})
}

// Open returns the items that have not ended yet, in order.
func (u *Unit) Open() []*Item {
	var open []*Item
	for _, it := range u.Items {
		if it.Fate == FateOpen {
			open = append(open, it)
		}
	}
	return open
}
