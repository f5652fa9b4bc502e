package chain

import (
	"context"
	"errors"
	"time"

	"weir/processors"
	"weir/processors/admission"
	"weir/processors/filter"
	"weir/processors/items"
	"weir/processors/match"
	"weir/processors/normalize"
	"weir/processors/quota"
	"weir/processors/records"
	"weir/processors/route"
	"weir/processors/sampling"
	"weir/processors/scrub"
)

// Config is what the steps are configured with.
type Config struct {
	Admission admission.ProjectConfig
	Items     items.Config
	Normalize normalize.Config
	Filter    filter.Config
	Quota     quota.Config
	Scrub     scrub.Config
	Records   records.Config
	Route     route.Config
	// Store counts for quotas. Required.
	Store quota.Store
	// Extra steps run before all others on every unit: faults for tests and demonstrations.
	Extra []NamedStep
	// Clock times the steps; nil: they are not timed.
	Clock   func() time.Time
	Metrics *Metrics // nil: none
}

// NamedStep is a step with its name in the verdict trail.
type NamedStep struct {
	Name string
	Step processors.Step
}

// Validate reports all faults.
func (c Config) Validate() error {
	errs := []error{
		c.Items.Validate(), c.Records.Validate(), c.Normalize.Validate(), c.Filter.Validate(), c.Quota.Validate(), c.Scrub.Validate(), c.Route.Validate(),
	}
	if c.Store == nil {
		errs = append(errs, errors.New("chain: no quota store"))
	}
	for _, s := range c.Extra {
		if s.Step == nil || s.Name == "" {
			errs = append(errs, errors.New("chain: extra step without a name or a function"))
		}
	}
	return errors.Join(errs...)
}

// Chain runs records. It is safe for concurrent use.
type Chain struct {
	cfg    Config
	chains [][]link // by Kind
}

// New builds the chains; cfg must be valid.
func New(cfg Config) *Chain {
	if cfg.Normalize.Fields == nil {
		cfg.Normalize.Fields = match.EventFields // one way to read fields for all conditions
	}
	joinRecords(&cfg.Records)
	return assemble(cfg, stages{
		items:     items.Step(cfg.Items),
		normalize: normalize.Step(cfg.Normalize),
		filter:    filter.Step(cfg.Filter),
		profiles:  items.Profiles(cfg.Items),
		sampling:  sampling.Step(),
		quota:     quota.Step(cfg.Store, cfg.Quota),
		buckets:   items.Buckets(cfg.Items),
		bucket:    quota.BucketStep(cfg.Store, cfg.Quota),
		usage:     quota.UsageStep(cfg.Store, cfg.Quota),
		scrub:     scrub.Step(cfg.Scrub),
		extract:   normalize.Extract(cfg.Normalize),
		open:      records.Open(cfg.Records),
		finish:    records.Finish(cfg.Records),
		route:     route.Step(cfg.Route),
	})
}

// joinRecords gives records what they need of normalization: siblings do not know each other.
func joinRecords(cfg *records.Config) {
	if cfg.Legacy == nil {
		cfg.Legacy = normalize.LegacySpan
	}
	if cfg.Host == nil {
		cfg.Host = normalize.HostOf
	}
}

// stages are the steps that chains are made of.
type stages struct{ items, normalize, filter, profiles, sampling, quota, buckets, bucket, usage, scrub, extract, open, finish, route processors.Step }

// link is one step of a chain.
type link struct {
	name  string
	step  processors.Step
	set   StepSet // the member of StepSet that selects it; 0: always runs
	quota bool
	usage bool // runs for units that have ended, too
}

// assemble joins the steps in the order that the contract gives for each kind (pipeline 1 step 5, items 3.9, 4.2).
func assemble(cfg Config, s stages) *Chain {
	parse := link{name: "items", step: s.items}
	normalized := link{name: "normalize", step: s.normalize, set: StepNormalize}
	filtered := link{name: "filter", step: s.filter, set: StepFilter}
	profiled := link{name: "profiles", step: s.profiles, set: StepNormalize} // it links events to their profiles and unfolds those
	sampled := link{name: "sampling", step: s.sampling}
	counted := link{name: "quota", step: s.quota, set: StepQuota, quota: true}
	buckets := link{name: "metrics", step: s.buckets}
	bucketQuota := link{name: "quota", step: s.bucket, set: StepQuota, quota: true}
	usage := link{name: "usage", step: s.usage, set: StepQuota, quota: true, usage: true}
	scrubbed := link{name: "scrub", step: s.scrub, set: StepScrub}
	opened := link{name: "items", step: s.open}
	finished := link{name: "finish", step: s.finish}
	extracted := link{name: "spans", step: s.extract}
	routed := link{name: "route", step: s.route}

	var extra []link
	for _, e := range cfg.Extra {
		extra = append(extra, link{name: e.Name, step: e.Step})
	}
	c := &Chain{cfg: cfg, chains: make([][]link, len(processors.AllKinds))}
	for _, k := range processors.AllKinds {
		var l []link
		switch k {
		case processors.KindError:
			l = []link{parse, normalized, filtered, sampled, counted, scrubbed, routed}
		case processors.KindTransaction:
			l = []link{parse, normalized, filtered, profiled, sampled, scrubbed, counted, extracted, routed, usage}
		case processors.KindSessions:
			l = []link{parse, filtered, counted, buckets, bucketQuota, routed}
		case processors.KindMetrics:
			l = []link{parse, bucketQuota, routed}
		case processors.KindCheckIn, processors.KindUserReports:
			l = []link{parse, counted, routed}
		case processors.KindReplay:
			l = []link{parse, normalized, filtered, counted, scrubbed, routed}
		case processors.KindAttachments:
			l = []link{parse, filtered, counted, scrubbed, routed}
		case processors.KindClientReport, processors.KindUnknown:
			l = []link{parse, routed}
		case processors.KindProfile:
			l = []link{parse, filtered, counted, routed}
		case processors.KindProfileChunk:
			l = []link{parse, filtered, profiled, counted, routed}
		case processors.KindSpans, processors.KindLogs, processors.KindTraceMetrics:
			l = []link{opened, sampled, normalized, filtered, scrubbed, finished, counted, routed, usage}
		}
		c.chains[k] = append(append([]link{}, extra...), l...)
	}
	return c
}

// usualSteps is how many steps most records go through.
const usualSteps = 8

// Run takes one record from admission at dequeue to messages and tallies. It is total: whatever a step does, every item of the envelope
// has one end in the result. Run takes the envelope over: items may be removed from it.
func (c *Chain) Run(ctx context.Context, in Input) Result {
	r := &run{chain: c, in: &in, facts: factsOf(&in)}
	r.result.Scope, r.result.Trail = r.facts.Scope, make([]Step, 0, usualSteps)
	r.units()
	if r.admit() {
		for _, u := range r.result.Units {
			r.unit(ctx, u)
		}
	}
	r.finish()
	return r.result
}
