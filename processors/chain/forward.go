package chain

import (
	"context"
	"errors"
	"slices"

	"weir/codecs/envelope"
	"weir/processors"
	"weir/processors/admission"
	"weir/processors/filter"
	"weir/processors/match"
	"weir/processors/normalize"
	"weir/processors/relay"
	"weir/processors/scrub"
)

// ForwardConfig is what the steps of a chain for an upstream are configured with.
type ForwardConfig struct {
	// Pass is proxy mode: nothing is known of projects, cached limits alone take something away (edge 10.1).
	Pass      bool
	Admission admission.ProjectConfig
	Normalize normalize.Config
	Filter    filter.Config
	Scrub     scrub.Config
	Relay     relay.Config
	Metrics   *Metrics // nil: none
}

// Validate reports all faults.
func (c ForwardConfig) Validate() error {
	errs := []error{c.Normalize.Validate(), c.Filter.Validate(), c.Scrub.Validate()}
	if !c.Pass && c.Normalize.Forwarding == nil {
		errs = append(errs, errors.New("chain: events that go on to an upstream are not to be finished here"))
	}
	return errors.Join(errs...)
}

// Forward is the chain of records that go on to an upstream: Result.Forward holds what is left. Quotas and everything that makes messages
// are the upstream's; what it would repeat with the same result is left to it, events and files are filtered and scrubbed here.
type Forward struct {
	chain *Chain
	pass  bool
}

// NewForward builds the chains; cfg must be valid.
func NewForward(cfg ForwardConfig) *Forward {
	if cfg.Normalize.Fields == nil {
		cfg.Normalize.Fields = match.EventFields
	}
	last := link{name: "relay", step: relay.Step(cfg.Relay)}
	c := &Chain{cfg: Config{Admission: cfg.Admission, Metrics: cfg.Metrics}, chains: make([][]link, len(processors.AllKinds))}
	for _, k := range processors.AllKinds {
		c.chains[k] = []link{last}
	}
	if !cfg.Pass {
		scrubbed := link{name: "scrub", step: scrub.Step(cfg.Scrub)}
		judged := []link{{name: "normalize", step: normalize.Step(cfg.Normalize)}, {name: "filter", step: filter.Step(cfg.Filter)}, scrubbed, last}
		c.chains[processors.KindError], c.chains[processors.KindTransaction] = judged, judged
		c.chains[processors.KindAttachments] = []link{scrubbed, last}
		c.chains[processors.KindMetrics] = []link{{name: "metrics", step: relay.Metrics}, last}
	}
	return &Forward{chain: c, pass: cfg.Pass}
}

// Run takes one record to what goes on. It is total, as Chain.Run.
func (f *Forward) Run(ctx context.Context, in Input) Result {
	before := len(in.Envelope.Items)
	res := f.chain.Run(ctx, in)
	var kept []*processors.Item
	for _, u := range res.Units {
		for _, it := range u.Items {
			if it.Fate == processors.FateAccepted {
				kept = append(kept, it)
			}
		}
	}
	slices.SortFunc(kept, func(a, b *processors.Item) int { return a.Index - b.Index })
	e := &envelope.Envelope{Header: in.Envelope.Header, Items: make([]envelope.Item, len(kept))}
	for i, it := range kept {
		e.Items[i] = it.Item
	}
	res.Forward, res.Untouched = e, f.pass && len(kept) == before
	return res
}
