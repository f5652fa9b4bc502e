package normalize

import (
	"fmt"

	"weir/codecs/event"
	"weir/codecs/outcome"
)

// Normalizer holds what all events share: the compiled schema and the data that configuration names.
type Normalizer struct {
	schema *schema
	cfg    Config
	agents *agents
}

// Reasons of events that this stage rejects (1.1, 1.3); the outcome is always invalid.
const (
	ReasonInvalidJSON        outcome.Reason = "invalid_json"
	ReasonNoPayload          outcome.Reason = "no_event_payload"
	ReasonInvalidTransaction outcome.Reason = "invalid_transaction"
	ReasonDuplicateItem      outcome.Reason = "duplicate_item"
	ReasonSecurityType       outcome.Reason = "security_report_type"
	ReasonSecurityReport     outcome.Reason = "security_report"
	ReasonInvalidCSP         outcome.Reason = "invalid-csp" // with outcome filtered
)

// New compiles a normalizer.
func New(cfg Config) *Normalizer {
	return &Normalizer{schema: theSchema(), cfg: cfg, agents: newAgents(cfg.AgentCache)}
}

// Normalize turns the parsed payload doc into the canonical event, in place (1.2, steps 2 to 4). The same document and inputs
// give the same bytes. A reason other than "" rejects the event with outcome invalid; err then says why, for people.
func (n *Normalizer) Normalize(doc *event.Doc, in Inputs) (outcome.Reason, error) {
	r := run{schema: n.schema, d: doc, in: &in, n: n}
	r.coerce(doc.Root, r.event)
	if doc.Root.IsNull() {
		if in.Server != nil {
			return ReasonNoPayload, fmt.Errorf("the payload is no event")
		}
		return "", nil
	}
	if in.Server != nil {
		r.finalize()
	}
	if !in.Renormalize {
		if err := r.validate(); err != nil {
			return ReasonInvalidTransaction, fmt.Errorf("invalid transaction event: %w", err)
		}
	}
	r.legacyImages()
	if !in.Renormalize {
		r.check(doc.Root)
		r.enrich()
	}
	if in.Trim {
		r.trim()
	}
	if r.unknown && !in.KeepUnknown {
		r.removeUnknown(doc.Root)
	}
	if !in.Renormalize && doc.HasMeta() {
		r.report()
	}
	r.prune(doc.Root)
	return "", nil
}

// enrich runs the steps of 8.3 in their order.
func (r *run) enrich() {
	root := r.d.Root
	transaction := r.isTransaction()
	if transaction {
		r.transactionName()
		r.spanOps()
	}
	r.cspBackfill()
	r.addresses()
	r.geo()
	r.releaseAndEnvironment()
	r.user()
	r.message()
	r.images()
	r.breadcrumbs()
	r.dist()
	r.tags()
	r.deviceClass()
	r.stacktraces()
	r.exceptions()
	if r.in.UserAgents {
		r.userAgent()
	}
	r.measurements()
	if transaction {
		r.appStart()
	}
	r.performanceScore()
	r.breakdowns()
	r.defaults()
	r.vitalTags()
	r.replayContext()
	r.request()
	if !r.isTransaction() {
		r.forceTrace()
	}
	r.contextDetails()
	if r.in.Spans && r.isTransaction() {
		r.spanTimes()
	}
	if r.in.SpanTags {
		r.spanTags()
	}
	r.sampleRate(root)
}

// isTransaction reports whether the event is one by its type now.
func (r *run) isTransaction() bool { return r.d.Root.Get("type").Text() == "transaction" }
