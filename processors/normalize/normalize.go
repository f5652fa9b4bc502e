package normalize

import (
	"fmt"
	"sync"

	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/codecs/useragent"
)

// Normalizer holds what all events share: the compiled schema and the data that configuration names.
type Normalizer struct {
	schema *schema
	cfg    Config
	runs   sync.Pool // of *run, for their scratch space
}

// Reasons of events that this stage rejects (1.1, 1.3); the outcome is always invalid.
const (
	ReasonInvalidJSON        outcome.Reason = "invalid_json"
	ReasonNoPayload          outcome.Reason = "no_event_payload"
	ReasonInternal           outcome.Reason = "internal" // a transaction that is no object
	ReasonInvalidTransaction outcome.Reason = "invalid_transaction"
	ReasonSecurityType       outcome.Reason = "security_report_type"
	ReasonSecurityReport     outcome.Reason = "security_report"
	ReasonSpansTooLarge      outcome.Reason = "too_large:span"
	ReasonInvalidMsgpack     outcome.Reason = "invalid_msgpack"
	ReasonNesting            outcome.Reason = "nesting_too_deep"
	ReasonInvalidCSP         outcome.Reason = "invalid-csp" // with outcome filtered
)

// New compiles a normalizer.
func New(cfg Config) *Normalizer {
	go useragent.Load()
	return &Normalizer{schema: theSchema(), cfg: cfg}
}

// Normalize turns the parsed payload doc into the canonical event, in place (1.2, steps 2 to 4). The same document and inputs
// give the same bytes. A reason other than "" rejects the event with outcome invalid; err then says why, for people.
func (n *Normalizer) Normalize(doc *event.Doc, in Inputs) (outcome.Reason, error) {
	res, err := n.normalize(doc, &in)
	return res.reason, err
}

// result is what became of an event.
type result struct {
	reason    outcome.Reason // not empty: rejected
	lostSpans uint64         // child spans that did not fit (12.4)
}

func (n *Normalizer) normalize(doc *event.Doc, in *Inputs) (result, error) {
	r, _ := n.runs.Get().(*run)
	if r == nil {
		r = new(run)
	}
	defer n.runs.Put(r)
	*r = run{schema: n.schema, d: doc, in: in, n: n, buf: r.buf[:0], bags: r.bags[:0]}
	defer func() { r.d, r.in, r.trace = nil, nil, nil }()
	r.coerce(doc.Root, r.event)
	if doc.Root.IsNull() {
		if in.Server != nil {
			if in.Server.Type == TypeTransaction {
				return result{reason: ReasonInternal}, fmt.Errorf("the payload is no transaction")
			}
			return result{reason: ReasonNoPayload}, fmt.Errorf("the payload is no event")
		}
		return result{}, nil
	}
	fully := in.ReadOnly
	if in.Server != nil {
		r.finalize()
		fully = fully || in.Server.FullyNormalized
	}
	if !in.Renormalize && !fully {
		if err := r.validate(); err != nil {
			return result{reason: ReasonInvalidTransaction}, fmt.Errorf("invalid transaction event: %w", err)
		}
	}
	var res result
	if !fully {
		r.legacyImages()
		if !in.Renormalize {
			r.check(doc.Root)
			r.enrich()
		}
		if in.Trim {
			spans := doc.Root.Get("spans").Len()
			r.trim()
			res.lostSpans = uint64(spans - doc.Root.Get("spans").Len())
		}
		if r.unknown && !in.KeepUnknown {
			r.removeUnknown(doc.Root)
		}
		if !in.Renormalize && doc.HasMeta() && !r.light() {
			r.report()
		}
	}
	r.prune(doc.Root)
	return res, nil
}

// light says that another relay normalizes the event again and finishes it.
func (r *run) light() bool {
	s := r.in.Server
	return s != nil && s.Forwarding != nil && !s.Forwarding.Full
}

// enrich runs the steps of 8.3 in their order.
func (r *run) enrich() {
	root := r.d.Root
	transaction := r.isTransaction()
	if transaction {
		if r.in.Spans {
			r.canonicalAttributes()
		}
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
	if r.in.SpanTags && transaction {
		r.modelCalls()
	}
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
	if r.in.Server != nil && transaction {
		r.shortProfile()
	}
	r.sampleRate(root)
}

// isTransaction reports whether the event is one by its type now.
func (r *run) isTransaction() bool { return r.d.Root.Get("type").Text() == "transaction" }
