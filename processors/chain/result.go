package chain

import (
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/ingest"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
	"weir/processors"
)

// Input is one raw record whose key's config is known.
type Input struct {
	Record   *raw.Record
	Envelope *envelope.Envelope // parsed Record.Body
	Status   project.Status     // Enabled, Disabled or Dummy
	State    *project.State     // nil unless Enabled
	Global   *project.Global
	// Sampling is the state of the key in the trace header when it is another one than the record's; nil: not resolved.
	Sampling *project.State
	Limits   []ratelimit.Limit // cached limits of the key
	Now      time.Time
	Steps    StepSet // zero value: all steps
	Trail    bool    // record what each step changed (try, trace); the verdict trail itself is always there
	Keep     bool    // leave events and records in the result, as Trail does; Result.Release gives them back
	Quotas   QuotaMode
	// Limited tells for a replay with QuotaRecorded whether the ledger has this unit or part (LimitedPart) of the receipt as rate limited.
	Limited func(code int) (reason outcome.Reason, limited bool)
}

// QuotaMode says what the quota step does.
type QuotaMode uint8

// The modes of `weir replay --quotas`; live traffic counts.
const (
	QuotaCount    QuotaMode = iota // check and count
	QuotaSkip                      // no check
	QuotaRecorded                  // repeat the verdicts of the ledger, count nothing
)

// StepSet selects steps for `weir try --steps`; the zero value means all.
type StepSet uint8

// The selectable steps.
const (
	StepNormalize StepSet = 1 << iota
	StepFilter
	StepQuota
	StepScrub
)

// Result is everything that one record causes.
type Result struct {
	Scope        dsn.Scoping
	Messages     []ingest.Message   // for the operator's topics, in emission order; outcomes are not among them
	Tallies      []outcome.Tally    // outcome messages to write (drops, client reports, usage), merged per reason and category
	Ledger       []outcome.Tally    // everything that counts: Tallies, silent drops and accepted items
	Items        Items              // number of items by end; Received is their sum
	Learned      []ratelimit.Limit  // new rate limits, not dimensional
	Dead         []Dead             // units that weir could not process
	Trail        []Step             // verdict trail in order
	Limited      []int              // indexes of units dropped by a rate limit, for the ledger
	LimitedParts []LimitedPart      // what rate limits took of units that stay, for the ledger
	Unchecked    uint64             // quota checks that the store did not answer
	Units        []*processors.Unit // the units as the chain left them (try, tests)
	Forward      *envelope.Envelope // what goes on to an upstream, of a Forward chain; its accepted items
	Untouched    bool               // Forward is the envelope of the record as it came
}

// Items counts the items of one record by end: Received = Accepted + Discarded + Dead.
type Items struct{ Received, Accepted, Discarded, Dead uint64 }

// Add counts those of another record, too.
func (i *Items) Add(o Items) {
	i.Received += o.Received
	i.Accepted += o.Accepted
	i.Discarded += o.Discarded
	i.Dead += o.Dead
}

// Dead is one unit, or the whole record, that goes to dead-letters with the original bytes.
type Dead struct {
	Unit   int // -1: the whole record
	Step   string
	Reason outcome.Reason // step_panic, undecodable, too_large, ...
	Detail string         // panic text or error chain, for people
}

// Step is one entry of the verdict trail.
type Step struct {
	Unit    int
	Kind    processors.Kind
	Name    string // normalize, filter, quota, scrub, route, admission
	Verdict processors.Verdict
	Took    time.Duration
	Changed []string // what the step changed, only with Input.Trail
}
