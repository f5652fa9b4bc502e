package main

import (
	"context"
	"slices"
	"strings"

	"weir/codecs/envelope"
	"weir/codecs/ingest"
	"weir/codecs/ledger"
	"weir/codecs/outcome"
	"weir/processors/chain"
	"weir/processors/quota/memory"
	"weir/topologies/pipeline"
	"weir/topologies/trace"
)

// tracer traces envelopes on a cluster.
type tracer struct {
	*stack
	steps trace.Steps
}

// tracer needs the projects view and what topics take.
func (s *stack) tracer() (*tracer, error) {
	t := &tracer{stack: s}
	fetcher, err := s.fetcher()
	if err != nil {
		return nil, err
	}
	var known pipeline.Projects = s.projects
	var ch pipeline.Chain
	if s.forwards() {
		if s.proxy() {
			global, err := s.proxyGlobal()
			if err != nil {
				return nil, usageError{err}
			}
			known = proxyKnowledge{global}
		}
		ch, err = s.forwardChain()
	} else {
		ch, err = s.countedChain(memory.New(), nil)
	}
	if err != nil {
		return nil, err
	}
	topics := pipeline.NewTopics(s.topicNames(), s.outputs)
	topics.Documents = s.documents()
	t.steps = trace.Steps{Chain: ch, Projects: known, Blobs: fetcher, Topics: topics, Unscrubbed: unscrubbedSteps, Undecided: noSteps | chain.StepNormalize | chain.StepScrub}
	return t, nil
}

// maxTraced is how many envelopes with one id are told of; each takes a look at several topics.
const maxTraced = 50

// run searches and tells. cfg says what for.
func (t *tracer) run(ctx context.Context, cfg trace.Config) (*traceDocument, error) {
	cfg.Cluster, cfg.Names, cfg.Groups, cfg.Forwards, cfg.Clock, cfg.Log = t.cluster, t.names, t.groups, t.forwards(), t.clock, t.log.With("part", "trace")
	cfg.Newest = maxTraced
	found, searched, err := trace.Search(ctx, cfg)
	if err != nil {
		return nil, err
	}
	doc := &traceDocument{ID: cfg.ID.String(), Envelopes: []traceEnvelope{}, Searched: searched}
	for _, x := range searched {
		doc.More += x.Matches
	}
	doc.More -= int64(len(found))
	for _, f := range found {
		e, err := t.envelope(ctx, cfg, f)
		if err != nil {
			return nil, err
		}
		doc.Envelopes = append(doc.Envelopes, *e)
	}
	return doc, nil
}

// envelope tells the story of one.
func (t *tracer) envelope(ctx context.Context, cfg trace.Config, f trace.Found) (*traceEnvelope, error) {
	story, err := trace.Tell(ctx, cfg, f)
	if err != nil {
		return nil, err
	}
	d := t.received(story)
	again, err := story.Again(ctx, cfg, t.steps)
	defer func() { again.Close() }()
	d.sender(again.Envelope)
	switch {
	case err != nil:
		d.Problem = err.Error()
		return d, ctx.Err()
	case d.Config == nil && !t.proxy():
		d.Config = &traceConfig{State: again.Status.String()}
	}
	if !t.forwards() {
		if err := story.Locate(ctx, cfg, again.Outputs, t.otherAt); err != nil {
			return nil, err
		}
	}
	res := &again.Result
	d.Guessed = again.Guessed
	d.Trail = trailOf(res, &again.Unscrubbed, sentEvent(again.Envelope), !t.forwards())
	for _, a := range itemsOf(res) {
		d.Items = append(d.Items, traceItem{Type: a.Type, Name: a.item.Filename, Unit: a.unit.Kind.String(), Bytes: len(a.item.Payload), Topic: a.Topic, Verdict: a.Verdict})
	}
	for i := range again.Outputs {
		d.Messages = append(d.Messages, t.message(&again.Outputs[i]))
	}
	if d.Outcomes, err = t.outcomes(ctx, cfg, story, res); err != nil {
		return nil, err
	}
	d.Dead = deadRows(res.Dead)
	if done := story.Done(); done != nil && !t.forwards() {
		d.Differs = differs(&done.Effect, pipeline.Effect(story.Record, res))
	}
	return d, nil
}

// message is what people are told about an output.
func (t *tracer) message(o *trace.Output) traceMessage {
	m := traceMessage{Topic: o.Topic, Key: first(keyText(o.Key), "-"), Type: string(messageField(o.Value, "type")), Bytes: len(o.Value), Places: o.Places}
	if m.Places == nil {
		m.Places = []trace.Place{}
	}
	return m
}

// keyText is a key of sixteen bytes as a UUID.
func keyText(key []byte) string {
	if len(key) != 16 {
		return string(key)
	}
	return envelope.EventID(key).Hyphenated()
}

// outcomes are those that the chain tells now, and the messages in which they were told.
func (t *tracer) outcomes(ctx context.Context, cfg trace.Config, story *trace.Story, res *chain.Result) ([]traceOutcome, error) {
	list := []traceOutcome{}
	if len(res.Tallies) == 0 || t.forwards() {
		return list, nil
	}
	var topics []string
	for _, o := range []ingest.Topic{ingest.Outcomes, ingest.OutcomesBilling} {
		for _, name := range t.cfg.Processing.Topics.Of(o).Names {
			if !slices.Contains(topics, name) {
				topics = append(topics, name)
			}
		}
	}
	told, err := story.Told(ctx, cfg, topics, t.otherAt)
	if err != nil {
		return nil, err
	}
	for i, row := range outcomeRows(res.Tallies) {
		x := &res.Tallies[i]
		o := traceOutcome{tryOutcome: row, Places: told[ledger.Count{Category: x.Category, ID: x.ID, Reason: x.Reason.Told()}]}
		if o.Places == nil {
			o.Places = []trace.Place{}
		}
		list = append(list, o)
	}
	return list, nil
}

// differs says that the ledger knows other ends than the chain gives now.
func differs(then *ledger.Entry, now ledger.Effect) bool {
	if then.Items != now.Items {
		return true
	}
	sums := map[ledger.Count]int64{}
	add := func(list []ledger.Count, sign int64) {
		for _, c := range list {
			n := int64(c.Quantity) * sign
			c.Quantity = 0
			sums[c] += n
		}
	}
	add(then.Counts, 1)
	add(now.Counts, -1)
	for c, n := range sums {
		if n != 0 && c.ID != outcome.Accepted { // what an accepted item counts for is known to quotas that are not asked again
			return true
		}
	}
	return false
}

// received is what is known without opening the envelope.
func (t *tracer) received(s *trace.Story) *traceEnvelope {
	rec := s.Record
	d := &traceEnvelope{Found: s.How, Raw: s.At, Gone: s.Letter != nil,
		Receipt: rec.Receipt.String(), ReceivedAt: rec.ReceivedAt.UTC(), Project: rec.Project, Key: rec.Key, Sampling: rec.Sampling, Trusted: rec.Trusted, Signed: rec.Signature != "",
		Bytes: len(rec.Body), Waits: s.Waits, Behind: s.Behind, Ledger: []traceLedger{}, DeadLetters: []traceLetter{}, Discards: []tryOutcome{}}
	if rec.Receipt.IsNil() { // its headers cannot be read
		d.Receipt, d.ReceivedAt = "", d.Raw.Written
	}
	if !rec.EventID.IsNil() {
		d.EventID = rec.EventID.String()
	}
	if m := rec.Manifest; m != nil {
		d.Bytes, d.Chunks = m.Length, len(m.Offsets)
	}
	for _, x := range rec.Discards {
		d.Discards = append(d.Discards, tryOutcome{x.ID.String(), x.Reason.Text(), x.Category.String(), x.Quantity})
	}
	for _, e := range s.Ledger {
		l := traceLedger{At: e.At, Source: e.Source, Replay: e.Replay, Parked: e.Effect.Parked > 0, Dead: e.Effect.Dead > 0, Unchecked: e.Effect.Unchecked, Again: e.Effect.Repeated > 0,
			Items: replayItems(e.Effect.Items), Counts: countRows(e.Effect.Counts)}
		for _, x := range e.Effect.Limited {
			if r := x.Reason.Text(); !slices.Contains(l.Limited, r) {
				l.Limited = append(l.Limited, r)
			}
		}
		d.Ledger = append(d.Ledger, l)
	}
	for _, l := range s.Letters {
		detail, _, _ := strings.Cut(l.Detail, "\n")
		d.DeadLetters = append(d.DeadLetters, traceLetter{At: l.At, Unit: l.Unit, Step: l.Step, Reason: l.Reason.Text(), Detail: detail})
	}
	if e, use, ok := t.projects.Known(string(rec.Key)); ok {
		d.Config = &traceConfig{State: e.Status.String(), Use: useNames[use], Source: e.Source, Updated: e.Updated.UTC()}
		if state, _ := t.projects.Lookup(rec.Key); state != nil {
			d.Config.Rev, d.Config.Project = state.Rev, state.Project
		}
	}
	d.State = t.state(s)
	d.GivenUp = d.ReceivedAt.Add(t.cfg.Weir.ParkingMaxAge.Duration()).UTC()
	return d
}

// The states of an envelope.
const (
	stateDone     = "done"
	stateInFlight = "in_flight" // nobody has processed it yet
	stateParked   = "parked"    // it waits for the config of its project
	stateForward  = "forward"   // it waits for the upstream
	stateUnknown  = "unknown"   // it was read, but the ledger does not tell
)

func (t *tracer) state(s *trace.Story) string {
	switch n := len(s.Waits); {
	case s.Done() != nil:
		return stateDone
	case n > 0 && s.Waits[n-1].Topic == t.names.Parked:
		return stateParked
	case n > 0 && (s.Waits[n-1].Topic == t.names.Forward || s.Waits[n-1].Topic == t.names.ForwardAside):
		return stateForward
	case s.Behind > 0:
		return stateInFlight
	case len(s.Letters) > 0 || s.Letter != nil:
		return stateDone
	case slices.ContainsFunc(s.Ledger, func(e trace.Entry) bool { return e.Replay == "" }):
		return stateParked
	}
	return stateUnknown
}
