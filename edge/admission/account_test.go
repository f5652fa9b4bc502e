package admission

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/edge"
)

type view map[dsn.PublicKey]*project.State

func (v view) Lookup(key dsn.PublicKey) (*project.State, project.Status) {
	switch s, ok := v[key]; {
	case !ok:
		return nil, project.Pending
	case s == nil:
		return nil, project.Disabled
	default:
		return s, project.Enabled
	}
}

func (v view) Request(dsn.PublicKey) {}

func refusal(key dsn.PublicKey, at time.Time, n uint64) edge.Refusal {
	return edge.Refusal{Key: key, Project: 42, ReceivedAt: at, Items: 1, Counts: []raw.Discard{{ID: outcome.Invalid, Reason: "cors", Category: outcome.Error, Quantity: n}}}
}

func TestAccount(t *testing.T) {
	start := time.Unix(1_000_000, 0).UTC()
	now := start
	v := view{"known": {Org: 7, Project: 43, HasProject: true, Keys: []project.Key{{Public: "known", Numeric: 9}}}, "disabled": nil}
	var got []Refused
	failing := false
	a := NewAccount(v, func(_ context.Context, total Refused) error {
		if failing {
			return errors.New("away")
		}
		got = append(got, total)
		return nil
	}, func() time.Time { return now })

	a.Add(refusal("known", start, 1))
	a.Add(refusal("known", start.Add(9*time.Second), 2))
	failing = true
	if a.Flush(t.Context(), false) == nil {
		t.Error("no error of the sink")
	}
	a.Add(refusal("known", start.Add(time.Second), 4)) // joins what could not be handed over
	failing = false
	if err := a.Flush(t.Context(), false); err != nil || len(got) != 1 {
		t.Fatal(err, got)
	}
	r := got[0]
	if want := (dsn.Scoping{Org: 7, Project: 43, Key: "known", KeyID: 9}); r.Scope != want || r.Silent || r.Envelopes != 3 || r.Items != 3 || len(r.Counts) != 1 || r.Counts[0].Quantity != 7 || !r.At.Equal(start) {
		t.Errorf("%+v", r)
	}

	got = nil
	a.Add(refusal("disabled", start, 1))
	a.Add(refusal("unknown", start, 1))
	if err := a.Flush(t.Context(), false); err != nil || len(got) != 1 || got[0].Scope.Key != "disabled" || !got[0].Silent {
		t.Errorf("an unknown key waits, a disabled one is silent: %v %+v", err, got)
	}
	now = now.Add(patience)
	if err := a.Flush(t.Context(), false); err != nil || len(got) != 2 || !got[1].Silent {
		t.Errorf("the wait ends: %v %+v", err, got)
	}
	a.Add(refusal("unknown", now, 1))
	if err := a.Flush(t.Context(), true); err != nil || len(got) != 3 {
		t.Errorf("the end waits for nothing: %v %+v", err, got)
	}
	if err := a.Flush(t.Context(), true); err != nil || len(got) != 3 {
		t.Errorf("nothing is flushed twice: %+v", got)
	}
}

// A total whose write may still arrive is counted again only when it does not, and one that fails does not touch the others.
func TestAccountWithLateAnswers(t *testing.T) {
	v := view{"a": {Org: 1, Project: 1, HasProject: true}, "b": {Org: 1, Project: 2, HasProject: true}}
	calls := map[dsn.PublicKey]int{}
	late := edge.NewLate(edge.ErrTimeout)
	a := NewAccount(v, func(_ context.Context, total Refused) error {
		calls[total.Scope.Key]++
		if total.Scope.Key == "a" && calls["a"] == 1 {
			return late
		}
		return nil
	}, time.Now)
	a.Add(refusal("a", time.Unix(0, 0), 1))
	a.Add(refusal("b", time.Unix(0, 0), 1))
	for range 2 {
		_ = a.Flush(t.Context(), true) // the first one says that a is late
	}
	if calls["a"] != 1 || calls["b"] != 1 {
		t.Fatalf("%v", calls)
	}
	late.Answer(errors.New("lost"))
	if err := a.Flush(t.Context(), true); err != nil || calls["a"] != 2 || calls["b"] != 1 {
		t.Errorf("%v %v", err, calls)
	}
}

// Whoever makes up keys does not use up the memory.
func TestAccountIsBounded(t *testing.T) {
	a := NewAccount(view{}, func(context.Context, Refused) error { return nil }, time.Now)
	for i := range maxRows + 10 {
		a.Add(refusal(dsn.PublicKey(fmt.Sprintf("%032d", i)), time.Unix(0, 0), 1))
	}
	if len(a.rows) != maxRows || a.Lost() != 10 {
		t.Errorf("%d rows, %d lost", len(a.rows), a.Lost())
	}
}

// Neither does whoever makes up keys while the broker takes nothing.
func TestAccountIsBoundedWithoutBroker(t *testing.T) {
	a := NewAccount(view{}, func(context.Context, Refused) error { return edge.ErrFull }, time.Now)
	for round := range 3 {
		for i := range maxRows {
			a.Add(refusal(dsn.PublicKey(fmt.Sprintf("%032d", round*maxRows+i)), time.Unix(0, 0), 1))
		}
		if a.Flush(t.Context(), true) == nil {
			t.Fatal("no error of the sink")
		}
	}
	if len(a.rows) != maxRows || a.Lost() != 2*maxRows {
		t.Errorf("%d rows, %d lost", len(a.rows), a.Lost())
	}
}

func TestAccountRun(t *testing.T) {
	flushed := make(chan Refused, 1)
	a := NewAccount(view{"k": nil}, func(_ context.Context, total Refused) error { flushed <- total; return nil }, time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { a.Run(ctx, time.Millisecond, func(error) {}); close(done) }()
	a.Add(refusal("k", time.Now(), 3))
	if r := <-flushed; r.Counts[0].Quantity != 3 {
		t.Errorf("%+v", r)
	}
	cancel()
	<-done
}
