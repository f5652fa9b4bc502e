package chain

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/ingest"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/processors"
	"weir/processors/admission"
)

var allTypes = []string{
	envelope.TypeEvent, envelope.TypeTransaction, envelope.TypeSecurity, envelope.TypeRawSecurity, envelope.TypeFeedback, envelope.TypeUserReport,
	envelope.TypeAttachment, envelope.TypeFormData, envelope.TypeSession, envelope.TypeSessions, envelope.TypeCheckIn, envelope.TypeClientReport,
	envelope.TypeMetricBuckets, envelope.TypeLog, envelope.TypeSpan, envelope.TypeTraceMetric, envelope.TypeReplayEvent, envelope.TypeReplayRecording,
	envelope.TypeReplayVideo, envelope.TypeProfile, envelope.TypeProfileChunk, envelope.TypeUnrealReport, envelope.TypeIntegration, "nel", "",
}

var attachmentTypes = []string{"", envelope.AttachmentPlain, envelope.AttachmentMinidump, envelope.AttachmentPayload, envelope.AttachmentView}

// randomEnvelope has up to eight items of any type with small payloads that rarely make sense.
func randomEnvelope(r *rand.Rand) *envelope.Envelope {
	payloads := []string{
		"", "{}", "{", "null", `{"status":"ok","monitor_slug":"a"}`, `{"discarded_events":[["a","error",3]]}`,
		`{"started":"2026-01-01T00:00:00Z","init":true,"attrs":{"release":"r"}}`, `{"event_id":"4cec9f3e1f214073b816e0f4de5f59b1"}`,
		`{"type":"transaction","timestamp":1767225600.5,"spans":[{"timestamp":1767225600.5}]}`,
	}
	e := &envelope.Envelope{}
	if r.IntN(4) > 0 {
		e.Header.EventID = envelope.EventID{byte(r.Uint32()), 1}
	}
	for range r.IntN(9) {
		it := envelope.Item{Type: allTypes[r.IntN(len(allTypes))], Payload: []byte(payloads[r.IntN(len(payloads))])}
		if it.Type == envelope.TypeAttachment {
			it.AttachmentType = attachmentTypes[r.IntN(len(attachmentTypes))]
		}
		it.Unknown = !envelope.KnownType(it.Type) || r.IntN(20) == 0
		if r.IntN(3) == 0 {
			n := uint32(r.IntN(5))
			it.ItemCount, it.SpanCount, it.Platform = &n, &n, "python"
		}
		e.Items = append(e.Items, it)
	}
	return e
}

// chaos does anything that a step may do, and what none may.
func chaos(r *rand.Rand) processors.Step {
	reasons := []outcome.Reason{"a", "b", "c"}
	return func(_ context.Context, u *processors.Unit) processors.Verdict {
		reason := reasons[r.IntN(len(reasons))]
		id := outcome.AllIDs[1+r.IntN(3)]
		if len(u.Items) == 0 {
			return processors.Keep()
		}
		switch r.IntN(15) {
		case 0:
			return processors.Drop(id, reason)
		case 1:
			return processors.DropSilent(id, reason)
		case 2:
			return processors.Dead("chaos")
		case 3:
			panic("chaos")
		case 4:
			var nobody *processors.Unit
			nobody.Items[0].Fate = processors.FateOpen
		case 5, 6:
			if it := u.Items[r.IntN(len(u.Items))]; r.IntN(2) == 0 {
				u.Drop(it, id, reason)
			} else {
				u.DropSilent(it, id, reason)
			}
		case 7:
			u.Accept(u.Items[r.IntN(len(u.Items))])
		case 8:
			u.Add(&processors.Item{Item: envelope.Item{Type: envelope.TypeSpan}, Index: 1000 + len(u.Items)})
		case 9:
			u.Count(id, reason, outcome.Error, 2, u.ReceivedAt)
		case 10:
			u.Out = append(u.Out, ingest.Message{})
		case 12:
			u.Items = u.Items[:len(u.Items)-1]
		case 11:
			u.Items[0].Quantities = []outcome.Quantity{{Category: outcome.Error, N: uint64(r.IntN(5))}}
		}
		return processors.Keep()
	}
}

func acceptOpen(_ context.Context, u *processors.Unit) processors.Verdict {
	for _, it := range u.Items {
		u.Accept(it)
	}
	return processors.Keep()
}

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// TestEveryItemEndsOnce is the invariant of the package: whatever envelopes and steps are, every item has one end and the sums agree.
func TestEveryItemEndsOnce(t *testing.T) {
	seed := uint64(20260101)
	for n := range 8000 {
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		e := randomEnvelope(r)
		c := assemble(Config{Extra: []NamedStep{{"extra", chaos(r)}}}, stages{
			items: chaos(r), normalize: chaos(r), filter: chaos(r), profiles: chaos(r), sampling: chaos(r), quota: chaos(r), buckets: chaos(r), bucket: chaos(r), usage: chaos(r), scrub: chaos(r), extract: chaos(r), open: chaos(r), finish: chaos(r),
			route: func(ctx context.Context, u *processors.Unit) processors.Verdict {
				if r.IntN(20) == 0 {
					return chaos(r)(ctx, u) // may leave items open
				}
				return acceptOpen(ctx, u)
			},
		})
		in := Input{
			Record:   &raw.Record{Receipt: raw.ReceiptID{1}, ReceivedAt: start, Key: "k", Discards: []raw.Discard{{ID: outcome.Invalid, Reason: "x", Category: outcome.Error, Quantity: 1}}},
			Envelope: e, Status: project.Enabled, State: randomState(r), Now: start, Trail: r.IntN(10) == 0,
			Quotas: QuotaMode(r.IntN(3)), Limited: func(int) (outcome.Reason, bool) { return "recorded", r.IntN(2) == 0 },
		}
		original := slices.Clone(e.Items)
		name := fmt.Sprintf("seed %d, case %d", seed, n)
		verify(t, name, original, c.Run(t.Context(), in))
	}
}

func randomState(r *rand.Rand) *project.State {
	st := &project.State{Org: 1, Project: 42, HasProject: true, Keys: []project.Key{{Public: "k", Numeric: 7}}}
	st.Config.AllowedDomains = []string{"*"}
	switch r.IntN(12) {
	case 0:
		st.Keys[0].Public = "other" // refused as a whole
	case 1, 2, 3:
		zero := uint64(0)
		c := outcome.AllCategories[r.IntN(len(outcome.AllCategories))]
		st.Config.Quotas = []project.Quota{{Limit: &zero, Categories: []outcome.Category{c}, ReasonCode: "zero"}}
	}
	return st
}

// verify holds the invariant of one result.
func verify(t *testing.T, name string, items []envelope.Item, res Result) {
	t.Helper()
	n := uint64(len(items))
	if i := res.Items; i.Received != n || i.Received != i.Accepted+i.Discarded+i.Dead {
		t.Fatalf("%s: %d items, counted %+v", name, n, i)
	}
	seen := map[int]bool{}
	dead := map[int]bool{}
	for _, d := range res.Dead {
		if dead[d.Unit] {
			t.Fatalf("%s: unit %d died twice", name, d.Unit)
		}
		dead[d.Unit] = true
	}
	for _, u := range res.Units {
		for _, it := range u.Items {
			if it.Index >= len(items) {
				continue
			}
			if seen[it.Index] {
				t.Fatalf("%s: item %d is in two units", name, it.Index)
			}
			seen[it.Index] = true
			if it.Fate == processors.FateOpen || it.Step == "" {
				t.Fatalf("%s: item %d (%s) has fate %d by step %q", name, it.Index, it.Type, it.Fate, it.Step)
			}
			if it.Fate == processors.FateDead != dead[u.Index] && it.Step != nameAdmission {
				t.Fatalf("%s: item %d has fate %d in a unit with dead=%v", name, it.Index, it.Fate, dead[u.Index])
			}
			if it.Fate == processors.FateDropped && it.ID == outcome.Accepted {
				t.Fatalf("%s: item %d was dropped as accepted", name, it.Index)
			}
		}
		if dead[u.Index] && (len(u.Out) > 0 || len(u.Counts) > 0) {
			t.Fatalf("%s: a dead unit has %d messages and %d counts", name, len(u.Out), len(u.Counts))
		}
	}
	if len(seen) != len(items) {
		t.Fatalf("%s: %d of %d items are in a unit", name, len(seen), len(items))
	}
	ledger := map[outcome.Tally]uint64{}
	for _, l := range res.Ledger {
		key := l
		key.Quantity = 0
		if ledger[key] > 0 || l.Quantity == 0 {
			t.Fatalf("%s: ledger entry %+v twice or empty", name, l)
		}
		ledger[key] = l.Quantity
	}
	for _, m := range res.Tallies {
		key := m
		key.Quantity = 0
		if ledger[key] < m.Quantity {
			t.Fatalf("%s: outcome %+v is more than the ledger's %d", name, m, ledger[key])
		}
	}
}

// TestClassify holds that every kind is found and that no type is forgotten.
func TestClassify(t *testing.T) {
	found := map[processors.Kind]bool{}
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		e := randomEnvelope(r)
		for i, k := range classify(e) {
			found[k] = true
			if k == processors.KindUnknown && !e.Items[i].Unknown && e.Items[i].Type == envelope.TypeEvent {
				if !slices.ContainsFunc(e.Items, func(it envelope.Item) bool { return it.Type == envelope.TypeTransaction }) {
					t.Fatalf("an event without a unit in %+v", e.Items)
				}
			}
		}
	}
	for _, k := range processors.AllKinds {
		if !found[k] {
			t.Errorf("no item of kind %s", k)
		}
	}
	if len(kindOrder) != len(processors.AllKinds) {
		t.Errorf("%d kinds, want %d", len(kindOrder), len(processors.AllKinds))
	}
	if !(&envelope.Item{Type: envelope.TypeIntegration}).CreatesEvent() && ownKind(&envelope.Item{Type: envelope.TypeIntegration, ContentType: admission.IntegrationSpans + "+json"}) != processors.KindSpans {
		t.Error("integration spans are no spans")
	}
}
