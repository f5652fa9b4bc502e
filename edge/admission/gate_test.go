package admission

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
	"weir/edge"
	rules "weir/processors/admission"
)

type noLimits struct{}

func (noLimits) For(dsn.Scoping, time.Time) []ratelimit.Limit { return nil }

// failing is a writer whose every write ends with err.
type failing struct{ err error }

func (f failing) Write(context.Context, *raw.Record) error { return f.err }

type refusals []edge.Refusal

func (r *refusals) Add(x edge.Refusal) { *r = append(*r, x) }

// A write without an answer in time counts as refused when it has failed, and not at all when it is done late.
func TestLateAnswer(t *testing.T) {
	failure := errors.New("lost")
	for name, c := range map[string]struct {
		answer func(*edge.Late)
		before bool // the answer comes before the gate asks for it
		want   int
	}{
		"none":          {func(*edge.Late) {}, false, 0},
		"written":       {func(l *edge.Late) { l.Answer(nil) }, false, 0},
		"failed":        {func(l *edge.Late) { l.Answer(failure) }, false, 1},
		"written early": {func(l *edge.Late) { l.Answer(nil) }, true, 0},
		"failed early":  {func(l *edge.Late) { l.Answer(failure) }, true, 1},
	} {
		late := edge.NewLate(edge.ErrTimeout)
		var got refusals
		g := Gate{Config: Config{Proxy: true, Sizes: rules.DefaultSizes()}, Limits: noLimits{}, Writer: failing{late}, Refusals: &got,
			Memory: func() bool { return true }, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
		e, err := envelope.Parse([]byte("{}\n{\"type\":\"event\"}\n{}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if c.before {
			c.answer(late)
		}
		reply, ok := g.Submit(t.Context(), &Submission{Envelope: e, Key: "k", ReceivedAt: time.Now()})
		if ok || reply.Status != http.StatusServiceUnavailable {
			t.Errorf("%s: %+v", name, reply)
		}
		if !c.before {
			if len(got) != 0 {
				t.Errorf("%s: refused before the answer: %+v", name, got)
			}
			c.answer(late)
		}
		if len(got) != c.want {
			t.Errorf("%s: %+v", name, got)
		}
		if c.want == 1 && (got[0].Items != 1 || len(got[0].Counts) != 1 || got[0].Counts[0].Category != outcome.Error || got[0].Counts[0].Reason != ReasonInternal) {
			t.Errorf("%s: %+v", name, got[0])
		}
	}
}

// Without room nothing is handed to the writer; the refusal is told and accounted for, and ends with the shortage.
func TestFull(t *testing.T) {
	full := true
	var got refusals
	g := Gate{Config: Config{Proxy: true, Sizes: rules.DefaultSizes()}, Limits: noLimits{}, Writer: failing{nil}, Refusals: &got,
		Memory: func() bool { return true }, Full: func() bool { return full }, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	submit := func() (edge.Reply, bool) {
		e, err := envelope.Parse([]byte("{}\n{\"type\":\"event\"}\n{}\n"))
		if err != nil {
			t.Fatal(err)
		}
		return g.Submit(t.Context(), &Submission{Envelope: e, Key: "k", ReceivedAt: time.Now()})
	}
	if reply, ok := submit(); ok || reply.Status != http.StatusServiceUnavailable || reply.RetryAfter == "" || reply.Causes[0] != "envelope buffer does not have capacity" || len(got) != 1 {
		t.Errorf("%+v, %+v", reply, got)
	}
	full = false
	if reply, ok := submit(); !ok || len(got) != 1 {
		t.Errorf("%+v, %+v", reply, got)
	}
}
