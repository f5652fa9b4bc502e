package replay

import (
	"context"
	"slices"
	"time"

	"weir/codecs/deadletter"
	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/processors"
	"weir/processors/admission"
	"weir/processors/chain"
	"weir/topologies/pipeline"
	"weir/topologies/rawrecord"

	"github.com/twmb/franz-go/pkg/kgo"
)

// fate is what became of a record in this run.
type fate uint8

const (
	replayed fate = iota
	skipped
	unknown
	broken
)

// work is one record of a run.
type work struct {
	src   *kgo.Record
	rec   *raw.Record
	unit  int // of a dead letter; -1: all
	state *project.State
	// sampling is the state of the key in the trace header, when that is another one.
	sampling *project.State
	end      fate
	result   chain.Result
}

// one takes a record through the chain, if it is selected.
func (r *run) one(ctx context.Context, w *work) {
	if w.end = r.decode(w); w.end != replayed {
		return
	}
	c := &r.cfg
	if c.Key != "" && w.rec.Key != c.Key || c.Project != 0 && w.rec.Project != 0 && w.rec.Project != c.Project {
		w.end = skipped
		return
	}
	status, global, ok := r.config(ctx, w)
	if !ok {
		w.end = unknown
		return
	}
	if c.Project != 0 && (w.state == nil || w.state.Scoping(w.rec.Key, w.rec.Project).Project != c.Project) {
		w.end = skipped
		return
	}
	if w.rec.Manifest != nil {
		body, release, err := c.Blobs.Fetch(ctx, w.rec.Manifest)
		if err != nil {
			c.Log.Warn("a large envelope cannot be replayed", "receipt", w.rec.Receipt, "error", err)
			w.end = broken
			return
		}
		defer release()
		w.rec.Body = body
	}
	e, err := envelope.Parse(w.rec.Body)
	if err != nil {
		w.end = broken
		return
	}
	if !r.wants(w, e) {
		w.end = skipped
		return
	}
	w.result = pipeline.RunChain(ctx, c.Chain, chain.Input{Record: w.rec, Envelope: e, Status: status, State: w.state, Sampling: w.sampling, Global: global,
		Now: c.Clock(), Quotas: c.Quotas, Limited: r.verdicts.limited(w.rec.Receipt)})
	if w.unit >= 0 || len(c.Types) > 0 {
		w.result = restrict(&w.result, w.rec, func(u *processors.Unit) bool {
			return (w.unit < 0 || u.Index == w.unit) && (len(c.Types) == 0 || slices.ContainsFunc(u.Items, func(it *processors.Item) bool {
				return slices.Contains(c.Types, it.Type)
			}))
		})
	}
}

// decode reads the record, or the original of a dead letter.
func (r *run) decode(w *work) fate {
	w.unit = -1
	if !r.cfg.DeadLetters {
		w.rec = rawrecord.Decode(w.src)
	} else {
		l, err := deadletter.Decode(w.src.Value)
		if err != nil || l.Value == nil {
			return broken
		}
		w.rec, w.unit = raw.Decode(l.Key, l.Value, l.Headers), l.Unit
	}
	if w.rec.Err != nil {
		return broken
	}
	w.rec.Replay = &raw.Replay{ID: r.cfg.ID}
	return replayed
}

// config waits until the configs of the record's key and of the key in its trace header are known; once in vain is enough for a key.
func (r *run) config(ctx context.Context, w *work) (project.Status, *project.Global, bool) {
	end := time.NewTimer(r.cfg.Patience)
	defer end.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		global, ok := r.cfg.Projects.Global()
		state, status := r.cfg.Projects.Lookup(w.rec.Key)
		missing := w.rec.Key
		if ok && status != project.Pending {
			if w.state = state; w.rec.Sampling == "" {
				return status, global, true
			}
			sampling, known := r.cfg.Projects.Lookup(w.rec.Sampling)
			if known != project.Pending {
				w.sampling = sampling
				return status, global, true
			}
			missing = w.rec.Sampling
		}
		if _, gaveUp := r.waited.Load(missing); gaveUp {
			return 0, nil, false
		}
		r.cfg.Projects.Request(missing)
		select {
		case <-tick.C:
		case <-end.C:
			end.Reset(r.cfg.Patience) // this key may have come just now, and the other one be missing
			r.waited.Store(missing, true)
			r.cfg.Log.Warn("no config for a project key; its records are left out", "key", missing)
		case <-ctx.Done():
			return 0, nil, false
		}
	}
}

// wants applies the filters that need the envelope.
func (r *run) wants(w *work, e *envelope.Envelope) bool {
	if len(r.cfg.Types) > 0 && !e.HasType(r.cfg.Types) {
		return false
	}
	return r.cfg.Where == nil || r.cfg.Where(w.rec, e)
}

// restrict keeps of a result what belongs to some of its units. What a unit's items count for is taken from their headers where the steps
// did not say better.
func restrict(res *chain.Result, rec *raw.Record, keep func(*processors.Unit) bool) chain.Result {
	out := chain.Result{Scope: res.Scope, Trail: res.Trail}
	add := func(t outcome.Tally, silent bool) {
		if out.Ledger = append(out.Ledger, t); !silent {
			out.Tallies = append(out.Tallies, t)
		}
	}
	for _, u := range res.Units {
		if !keep(u) {
			continue
		}
		out.Units = append(out.Units, u)
		out.Messages = append(out.Messages, u.Out...)
		for _, it := range u.Items {
			t := outcome.Tally{Scope: res.Scope, Timestamp: rec.ReceivedAt, ID: it.ID, Reason: it.Reason}
			out.Items.Received++
			switch it.Fate {
			case processors.FateAccepted:
				out.Items.Accepted++
				t.ID, t.Reason = outcome.Accepted, ""
			case processors.FateDead:
				out.Items.Dead++
				continue
			default:
				out.Items.Discarded++
			}
			quantities := it.Quantities
			if quantities == nil {
				quantities = admission.Quantities(&it.Item)
			}
			for _, q := range quantities {
				t.Category, t.Quantity = q.Category, q.N
				add(t, it.Silent || it.Fate == processors.FateAccepted)
			}
		}
		for _, c := range u.Counts {
			add(outcome.Tally{Scope: res.Scope, Timestamp: c.Timestamp, ID: c.ID, Reason: c.Reason, Category: c.Category, Quantity: c.N}, false)
		}
		for _, d := range res.Dead {
			if d.Unit == u.Index {
				out.Dead = append(out.Dead, d)
			}
		}
		if slices.Contains(res.Limited, u.Index) {
			out.Limited = append(out.Limited, u.Index)
		}
	}
	return out
}
