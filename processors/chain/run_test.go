package chain

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
	"weir/processors"
)

func keep(context.Context, *processors.Unit) processors.Verdict { return processors.Keep() }

// plain is a chain whose steps do nothing but parse the event and accept.
func plain(cfg Config, change func(*stages)) *Chain {
	s := stages{items: keep, normalize: parseMain, filter: keep, profiles: keep, sampling: keep, quota: keep, buckets: keep, bucket: keep, usage: keep, scrub: keep, extract: keep, open: keep, finish: keep, route: acceptOpen}
	if change != nil {
		change(&s)
	}
	return assemble(cfg, s)
}

func parseMain(_ context.Context, u *processors.Unit) processors.Verdict {
	doc, err := event.Parse(u.Main.Payload)
	if err != nil {
		return processors.Drop(outcome.Invalid, "invalid_json")
	}
	u.Event = doc
	return processors.Keep()
}

func input(items ...envelope.Item) Input {
	st := &project.State{Org: 1, Project: 42, HasProject: true, Keys: []project.Key{{Public: "k", Numeric: 7}}}
	st.Config.AllowedDomains = []string{"*"}
	return Input{
		Record:   &raw.Record{Receipt: raw.ReceiptID{1}, ReceivedAt: start, Key: "k", Project: 42},
		Envelope: &envelope.Envelope{Header: envelope.Header{EventID: envelope.EventID{1}}, Items: items},
		Status:   project.Enabled, State: st, Now: start,
	}
}

func payload(kind, text string) envelope.Item {
	return envelope.Item{Type: kind, Payload: []byte(text)}
}

// counts writes tallies as "id/reason category quantity" in order.
func counts(list []outcome.Tally) string {
	var parts []string
	for _, t := range list {
		parts = append(parts, t.ID.String()+"/"+string(t.Reason)+" "+t.Category.String()+" "+itoa(t.Quantity))
	}
	slices.Sort(parts)
	return strings.Join(parts, "; ")
}

func itoa(n uint64) string { return dsn.ProjectID(n).String() }

func dropping(id outcome.ID, reason outcome.Reason) processors.Step {
	return func(context.Context, *processors.Unit) processors.Verdict { return processors.Drop(id, reason) }
}

func TestOrderOfSteps(t *testing.T) {
	for kind, want := range map[string]string{
		"event":         "extra items normalize filter sampling quota scrub route",
		"transaction":   "extra items normalize filter profiles sampling scrub quota spans route usage",
		"session":       "extra items filter quota metrics quota route",
		"check_in":      "extra items quota route",
		"client_report": "extra items route",
		"attachment":    "extra items filter quota scrub route",
		"profile_chunk": "extra items filter profiles quota route",
	} {
		c := plain(Config{Extra: []NamedStep{{"extra", keep}}}, nil)
		res := c.Run(t.Context(), input(payload(kind, "{}")))
		var names []string
		for _, s := range res.Trail[1:] {
			names = append(names, s.Name)
		}
		if got := strings.Join(names, " "); got != want || res.Trail[0].Name != "admission" {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
}

func TestTallies(t *testing.T) {
	attachment := payload("attachment", "0123456789")
	dump := payload("attachment", "MDMP")
	dump.AttachmentType = envelope.AttachmentMinidump
	two := uint32(2)
	transaction := payload("transaction", `{"timestamp":1767225600.0,"spans":[{"timestamp":1767225600.0},{"timestamp":1767225601.0},{}]}`)
	transaction.SpanCount = &two
	broken := payload("transaction", `{`)
	broken.SpanCount = &two
	for _, c := range []struct {
		name          string
		items         []envelope.Item
		change        func(*stages)
		tally, ledger string
		want          Items
	}{
		{
			"accepted event", []envelope.Item{payload("event", "{}"), attachment}, nil,
			"", "accepted/ attachment 10; accepted/ attachment_item 1; accepted/ error 1", Items{2, 2, 0, 0},
		},
		{
			"filtered event", []envelope.Item{payload("event", "{}"), attachment, payload("user_report", "")},
			func(s *stages) { s.filter = dropping(outcome.Filtered, "localhost") },
			"filtered/localhost attachment 10; filtered/localhost attachment_item 1; filtered/localhost error 1; filtered/localhost feedback 1",
			"filtered/localhost attachment 10; filtered/localhost attachment_item 1; filtered/localhost error 1; filtered/localhost feedback 1", Items{3, 0, 3, 0},
		},
		{
			"minidump", []envelope.Item{dump},
			func(s *stages) { s.normalize = keep; s.quota = dropping(outcome.RateLimited, "") },
			"rate_limited/ attachment 4; rate_limited/ attachment_item 1; rate_limited/ error 1",
			"rate_limited/ attachment 4; rate_limited/ attachment_item 1; rate_limited/ error 1", Items{1, 0, 1, 0},
		},
		{
			"parsed transaction counts its real spans", []envelope.Item{transaction},
			func(s *stages) { s.filter = dropping(outcome.Filtered, "x") },
			"filtered/x span 4; filtered/x span_indexed 4; filtered/x transaction 1; filtered/x transaction_indexed 1",
			"filtered/x span 4; filtered/x span_indexed 4; filtered/x transaction 1; filtered/x transaction_indexed 1", Items{1, 0, 1, 0},
		},
		{
			"broken transaction counts what its header says", []envelope.Item{broken}, nil,
			"invalid/invalid_json span 3; invalid/invalid_json span_indexed 3; invalid/invalid_json transaction 1; invalid/invalid_json transaction_indexed 1",
			"invalid/invalid_json span 3; invalid/invalid_json span_indexed 3; invalid/invalid_json transaction 1; invalid/invalid_json transaction_indexed 1", Items{1, 0, 1, 0},
		},
		{
			"usage of a kept transaction", []envelope.Item{transaction},
			func(s *stages) {
				s.route = func(ctx context.Context, u *processors.Unit) processors.Verdict {
					u.CountUsage()
					return acceptOpen(ctx, u)
				}
			},
			"accepted/ span 1; accepted/ span 2; accepted/ transaction 1",
			"accepted/ span 1; accepted/ span 2; accepted/ transaction 1; accepted/ transaction_indexed 1", Items{1, 1, 0, 0},
		},
		{
			"sessions are silent", []envelope.Item{payload("session", "{}")},
			func(s *stages) { s.filter = dropping(outcome.Filtered, "x") },
			"", "filtered/x session 1", Items{1, 0, 1, 0},
		},
		{
			"nothing to count", []envelope.Item{payload("client_report", "{}"), payload("form_data", "")},
			func(s *stages) { s.items = dropping(outcome.Invalid, "x") },
			"", "", Items{2, 0, 2, 0},
		},
	} {
		res := plain(Config{}, c.change).Run(t.Context(), input(c.items...))
		if got := counts(res.Tallies); got != c.tally {
			t.Errorf("%s: outcomes\n got %s\nwant %s", c.name, got, c.tally)
		}
		if got := counts(res.Ledger); got != c.ledger {
			t.Errorf("%s: ledger\n got %s\nwant %s", c.name, got, c.ledger)
		}
		if res.Items != c.want {
			t.Errorf("%s: items %+v, want %+v", c.name, res.Items, c.want)
		}
	}
}

func TestRefusedAsAWhole(t *testing.T) {
	in := input(payload("event", "{}"), payload("session", "{}"), payload("user_report", "{}"))
	in.State.Keys[0].Public = "other"
	in.Record.Discards = []raw.Discard{{ID: outcome.RateLimited, Reason: "edge", Category: outcome.Attachment, Quantity: 5}}
	res := plain(Config{}, nil).Run(t.Context(), in)
	want := "invalid/project_id error 1; invalid/project_id feedback 1; invalid/project_id session 1; rate_limited/edge attachment 5"
	if got := counts(res.Tallies); got != want || counts(res.Ledger) != want {
		t.Errorf("outcomes %s\nledger %s\nwant %s", got, counts(res.Ledger), want)
	}
	if res.Items != (Items{3, 0, 3, 0}) || len(res.Messages) > 0 {
		t.Errorf("items %+v, %d messages", res.Items, len(res.Messages))
	}

	in = input(payload("event", "{}"))
	in.Status, in.State = project.Disabled, nil
	res = plain(Config{}, nil).Run(t.Context(), in)
	if len(res.Tallies) > 0 || counts(res.Ledger) != "invalid/project_id error 1" {
		t.Errorf("a disabled project: outcomes %s, ledger %s", counts(res.Tallies), counts(res.Ledger))
	}
}

func TestCachedLimitsAtDequeue(t *testing.T) {
	in := input(payload("event", "{}"), payload("user_report", "{}"), payload("attachment", "abc"), payload("session", "{}"))
	in.Limits = []ratelimit.Limit{{
		Categories: []outcome.Category{outcome.Error}, Scope: ratelimit.Scope{Kind: ratelimit.ScopeKey, Key: "k"}, Reason: "get_lost", Expires: start.Add(time.Minute),
	}}
	res := plain(Config{}, nil).Run(t.Context(), in)
	want := "rate_limited/get_lost attachment 3; rate_limited/get_lost attachment_item 1; rate_limited/get_lost error 1"
	if got := counts(res.Tallies); got != want {
		t.Errorf("outcomes\n got %s\nwant %s", got, want)
	}
	if res.Items != (Items{4, 1, 3, 0}) || !slices.Equal(res.Limited, []int{int(processors.KindError)}) {
		t.Errorf("items %+v, limited %v", res.Items, res.Limited)
	}
}

func TestDeadUnit(t *testing.T) {
	explode := NamedStep{"fault", func(_ context.Context, u *processors.Unit) processors.Verdict {
		if u.Kind == processors.KindError && strings.Contains(string(u.Main.Payload), "marker") {
			u.Count(outcome.Invalid, "x", outcome.Error, 1, start)
			panic("boom")
		}
		return processors.Keep()
	}}
	in := input(payload("event", `{"message":"marker"}`), payload("attachment", "abc"), payload("session", "{}"))
	res := plain(Config{Extra: []NamedStep{explode}}, nil).Run(t.Context(), in)
	if len(res.Dead) != 1 || res.Dead[0].Unit != int(processors.KindError) || res.Dead[0].Reason != ReasonPanic || res.Dead[0].Step != "fault" ||
		!strings.Contains(res.Dead[0].Detail, "boom") {
		t.Errorf("dead %+v", res.Dead)
	}
	if res.Items != (Items{3, 1, 0, 2}) || counts(res.Tallies) != "" || counts(res.Ledger) != "accepted/ session 1" {
		t.Errorf("items %+v, outcomes %s, ledger %s", res.Items, counts(res.Tallies), counts(res.Ledger))
	}
}

func TestQuotaModes(t *testing.T) {
	for _, c := range []struct {
		mode QuotaMode
		want string
		runs bool
	}{
		{QuotaCount, "rate_limited/live error 1", true},
		{QuotaSkip, "", false},
		{QuotaRecorded, "rate_limited/then error 1", false},
	} {
		ran := false
		in := input(payload("event", "{}"))
		in.Quotas = c.mode
		in.Limited = func(unit int) (outcome.Reason, bool) { return "then", unit == int(processors.KindError) }
		res := plain(Config{}, func(s *stages) {
			s.quota = func(context.Context, *processors.Unit) processors.Verdict {
				ran = true
				return processors.Drop(outcome.RateLimited, "live")
			}
		}).Run(t.Context(), in)
		if got := counts(res.Tallies); got != c.want || ran != c.runs {
			t.Errorf("mode %d: outcomes %s, ran %v", c.mode, got, ran)
		}
	}
}

func TestSelectedSteps(t *testing.T) {
	in := input(payload("event", "{}"))
	in.Steps, in.Trail = StepNormalize|StepScrub, true
	res := plain(Config{}, func(s *stages) {
		s.filter, s.quota = dropping(outcome.Filtered, "x"), dropping(outcome.RateLimited, "x")
		s.scrub = func(_ context.Context, u *processors.Unit) processors.Verdict {
			u.Event.Root.Set("a", u.Event.NewString("b"))
			return processors.Keep()
		}
	}).Run(t.Context(), in)
	if res.Items.Accepted != 1 || res.Units[0].Event == nil {
		t.Fatalf("items %+v", res.Items)
	}
	for _, s := range res.Trail {
		if s.Name == "scrub" && !reflect.DeepEqual(s.Changed, []string{".a"}) {
			t.Errorf("changed %v", s.Changed)
		}
	}
}

func TestEventIDs(t *testing.T) {
	var got []envelope.EventID
	c := plain(Config{Extra: []NamedStep{{"look", func(_ context.Context, u *processors.Unit) processors.Verdict {
		got = append(got, u.EventID)
		return processors.Keep()
	}}}}, nil)
	for _, kind := range []string{"event", "event", "attachment"} {
		in := input(payload(kind, "{}"))
		in.Envelope.Header.EventID = envelope.EventID{}
		c.Run(t.Context(), in)
	}
	if got[0].IsNil() || got[0] != got[1] || !got[2].IsNil() {
		t.Errorf("ids %v: want the same generated one twice and none", got)
	}
}
