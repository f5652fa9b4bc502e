package trace

import (
	"context"
	"errors"
	"fmt"

	"weir/codecs/envelope"
	"weir/codecs/project"
	"weir/processors/chain"
	"weir/topologies/pipeline"
)

// ErrNoConfig says that the config of the envelope's project, or the global config, is not in the table.
var ErrNoConfig = errors.New("the config of its project is not known")

// Steps is what an envelope is put through again with.
type Steps struct {
	Chain    pipeline.Chain
	Projects pipeline.Projects
	Blobs    pipeline.Blobs
	Topics   *pipeline.Topics
	// Unscrubbed are the steps without scrubbing, to tell what that changed; Undecided those without what drops.
	Unscrubbed, Undecided chain.StepSet
}

// Again is what the chain makes of an envelope with what is known now, and the rate limits that the ledger knows.
type Again struct {
	Status   project.Status
	Envelope *envelope.Envelope // as it was sent
	Result   chain.Result
	// Unscrubbed is the result without scrubbing.
	Unscrubbed chain.Result
	// Outputs are the messages. Where live traffic accepted more than the chain would now, they are those without filters and quotas.
	Outputs []Output
	// Guessed says so.
	Guessed bool
	release func()
}

// Close gives the body of the envelope back; nothing of a may be used after it.
func (a *Again) Close() {
	if a != nil && a.release != nil {
		a.release()
	}
}

// open reads the envelope, from its chunks where it is large.
func (s *Story) open(ctx context.Context, blobs pipeline.Blobs) (e *envelope.Envelope, release func(), err error) {
	release = func() {}
	if s.Record.Err != nil {
		return nil, release, s.Record.Err
	}
	if s.Record.Manifest != nil {
		body, free, err := blobs.Fetch(ctx, s.Record.Manifest)
		if err != nil {
			return nil, release, fmt.Errorf("its chunks: %w", err)
		}
		with := *s.Record
		with.Body = body
		s.Record, release = &with, free
	}
	if e, err = envelope.Parse(s.Record.Body); err != nil {
		return nil, release, err
	}
	return e, release, nil
}

// Again runs the chain. It counts nothing. What it returns is there with an error too, as far as it has come, and is to be closed.
func (s *Story) Again(ctx context.Context, cfg Config, steps Steps) (*Again, error) {
	a := &Again{}
	var err error
	if a.Envelope, a.release, err = s.open(ctx, steps.Blobs); err != nil {
		return a, err
	}
	global, ok := steps.Projects.Global()
	state, status := steps.Projects.Lookup(s.Record.Key)
	if a.Status = status; !ok || status == project.Pending {
		return a, ErrNoConfig
	}
	in := chain.Input{Record: s.Record, Status: status, State: state, Global: global, Now: cfg.Clock(), Trail: true, Quotas: chain.QuotaRecorded, Limited: s.Limited}
	if s.Record.Sampling != "" {
		in.Sampling, _ = steps.Projects.Lookup(s.Record.Sampling)
	}
	plain := in
	plain.Steps = steps.Unscrubbed
	a.Unscrubbed = pipeline.RunChain(ctx, steps.Chain, plain)
	a.Result = pipeline.RunChain(ctx, steps.Chain, in)
	recs, _ := steps.Topics.Deliver(&a.Result, s.Record) // which also ends what is too large for a message
	if d := s.Done(); d != nil && d.Effect.Items.Accepted > a.Result.Items.Accepted {
		in.Steps, in.Quotas, a.Guessed = steps.Undecided, chain.QuotaSkip, true
		open := pipeline.RunChain(ctx, steps.Chain, in)
		recs, _ = steps.Topics.Deliver(&open, s.Record)
	}
	for _, r := range recs {
		a.Outputs = append(a.Outputs, Output{Record: r})
	}
	return a, nil
}
