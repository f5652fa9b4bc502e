package chain

import (
	"context"
	"errors"
	"slices"

	"weir/codecs/envelope"
	"weir/codecs/project"
	"weir/processors"
	"weir/processors/admission"
	"weir/processors/filter"
	"weir/processors/items"
	"weir/processors/match"
	"weir/processors/normalize"
	"weir/processors/records"
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
	Items     items.Config
	Records   records.Config
	Relay     relay.Config
	Metrics   *Metrics // nil: none
}

// Validate reports all faults.
func (c ForwardConfig) Validate() error {
	errs := []error{c.Normalize.Validate(), c.Filter.Validate(), c.Scrub.Validate(), c.Items.Validate(), c.Records.Validate()}
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
	joinRecords(&cfg.Records)
	open := records.Open(cfg.Records)
	if cfg.Pass {
		converted := []link{{name: "items", step: integrations(open)}, last}
		c.chains[processors.KindSpans], c.chains[processors.KindLogs] = converted, converted
	}
	if !cfg.Pass {
		scrubbed := link{name: "scrub", step: scrub.Step(cfg.Scrub)}
		normalized, filtered := link{name: "normalize", step: normalize.Step(cfg.Normalize)}, link{name: "filter", step: filter.Step(cfg.Filter)}
		judged := []link{normalized, filtered, scrubbed, last}
		opened := []link{{name: "items", step: open}, normalized, filtered, scrubbed, {name: "finish", step: records.Finish(cfg.Records)}, last}
		for _, k := range []processors.Kind{processors.KindSpans, processors.KindLogs, processors.KindTraceMetrics} {
			c.chains[k] = opened
		}
		c.chains[processors.KindReplay] = []link{{name: "items", step: web(items.Step(cfg.Items))}, {name: "normalize", step: web(normalized.step)}, {name: "filter", step: web(filtered.step)}, {name: "scrub", step: web(scrubbed.step)}, last}
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
	derived := false
	for _, u := range res.Units {
		for _, it := range u.Items {
			if it.Fate == processors.FateAccepted && it.Parent == nil && it.Type != envelope.TypeIntegration { // nobody else knows that form
				kept = append(kept, it)
			}
			derived = derived || it.Parent != nil
		}
	}
	slices.SortFunc(kept, func(a, b *processors.Item) int { return a.Index - b.Index })
	e := &envelope.Envelope{Header: in.Envelope.Header, Items: make([]envelope.Item, len(kept))}
	for i, it := range kept {
		e.Items[i] = it.Item
	}
	res.Forward, res.Untouched = e, f.pass && len(kept) == before && !derived
	return res
}

// integrations opens what only we know the form of, whatever the project allows: in proxy mode the upstream decides about that.
func integrations(open processors.Step) processors.Step {
	return func(ctx context.Context, u *processors.Unit) processors.Verdict {
		if !slices.ContainsFunc(u.Items, func(it *processors.Item) bool { return it.Type == envelope.TypeIntegration }) {
			return processors.Keep()
		}
		known, facts := u.Facts, *u.Facts
		facts.Project = allowing
		u.Facts = &facts
		defer func() { u.Facts = known }()
		return open(ctx, u)
	}
}

// allowing is a project that may have logs.
var allowing = func() *project.State {
	s := project.Default()
	s.Config.Features = map[project.Feature]bool{project.FeatureLogs: true}
	return s
}()

// web runs a step on replays that are no video: one that has been taken apart cannot be put together here, and the upstream does the same.
func web(step processors.Step) processors.Step {
	return func(ctx context.Context, u *processors.Unit) processors.Verdict {
		if slices.ContainsFunc(u.Items, func(it *processors.Item) bool { return it.Type == envelope.TypeReplayVideo }) {
			return processors.Keep()
		}
		return step(ctx, u)
	}
}
