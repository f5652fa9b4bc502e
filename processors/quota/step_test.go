package quota_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/codecs/casefile"
	"weir/codecs/checkin"
	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/metric"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/processors"
	"weir/processors/quota"
)

// limiterStore rejects the quotas of some categories; the id of a quota is the name of its category.
type limiterStore struct {
	limited []string
	checks  [][]any
	down    bool
}

func (s *limiterStore) Check(_ context.Context, checks []quota.Check) ([]quota.Result, error) {
	var results []quota.Result
	for _, c := range checks {
		if s.down {
			results = append(results, quota.Result{Unchecked: true})
			continue
		}
		var r quota.Result
		for _, k := range c.Counters {
			name, _, _ := strings.Cut(strings.TrimPrefix(k.Key, "quota:"), "{")
			s.checks = append(s.checks, []any{name, float64(k.Quantity)})
			r.States = append(r.States, quota.State{Rejected: slices.Contains(s.limited, name)})
		}
		results = append(results, r)
	}
	return results, nil
}

// everyCategory is a project with one quota for each category.
func everyCategory(t *testing.T) *project.State {
	t.Helper()
	st := &project.State{Org: 1, Project: 42, HasProject: true}
	limit, window := uint64(5), uint64(60)
	for _, c := range outcome.AllCategories {
		st.Config.Quotas = append(st.Config.Quotas, project.Quota{
			ID: c.String(), HasID: true, Categories: []outcome.Category{c}, Limit: &limit, Window: &window, ReasonCode: outcome.Reason("rl_" + c.String()),
		})
	}
	return st
}

func newUnit(t *testing.T, kind processors.Kind) *processors.Unit {
	t.Helper()
	now := time.Unix(2_000_000_000, 0).UTC()
	st := everyCategory(t)
	return &processors.Unit{
		Kind: kind, EventCategory: outcome.Unknown,
		Facts: &processors.Facts{Now: now, ReceivedAt: now, Project: st, Scope: st.Scoping(testKey, 0)},
	}
}

type enforcementItem struct {
	Type           string
	AttachmentType string  `json:"attachment_type"`
	Length         int     `json:"length"`
	Spans          *uint32 `json:"span_count"`
}

// TestEnforcementVectors runs the worker's cases of enforcement.json: the order of checks, what goes and what stays.
func TestEnforcementVectors(t *testing.T) {
	var v struct {
		Cases []struct {
			Path, Title, Processor string
			Items                  []enforcementItem
			Limited                []string `json:"limited_categories"`
			Checks                 [][]any
			Outcomes               []struct {
				Category string
				Quantity uint64
			}
			Results []string
		}
	}
	casefile.JSON(t, "testdata/enforcement.json", &v)
	for _, c := range v.Cases {
		if c.Path != "slow" {
			continue // the fast path is admission's
		}
		t.Run(c.Title, func(t *testing.T) {
			kind := processors.KindError
			if c.Processor == "transaction" {
				kind = processors.KindTransaction
			}
			u := newUnit(t, kind)
			for i, in := range c.Items {
				addItem(t, u, i, in)
			}
			store := &limiterStore{limited: c.Limited}
			verdict := quota.Step(store, quota.Config{})(t.Context(), u)
			if !reflect.DeepEqual(store.checks, c.Checks) {
				t.Errorf("checks\n got %v\nwant %v", store.checks, c.Checks)
			}
			want := map[string]uint64{}
			for _, o := range c.Outcomes {
				want[o.Category] += o.Quantity
			}
			if got := limitedQuantities(u, verdict); !reflect.DeepEqual(got, want) {
				t.Errorf("outcomes\n got %v\nwant %v", got, want)
			}
			usage := slices.Contains(c.Results, "usage counters: transaction 1, span 3")
			if early := len(c.Results) == 1 && usage; early != hasUsage(u) {
				t.Errorf("usage counted by the step: %v, want %v", hasUsage(u), early)
			}
			stored := slices.Contains(c.Results, "transaction")
			if kind == processors.KindTransaction && stored && u.SpansLimited == usage {
				t.Errorf("SpansLimited is %v", u.SpansLimited)
			}
			if flagged := strings.Contains(c.Title, "minidump"); flagged != u.Items[0].RateLimited {
				t.Errorf("crash file flagged: %v", u.Items[0].RateLimited)
			}
		})
	}
}

func addItem(t *testing.T, u *processors.Unit, index int, in enforcementItem) {
	t.Helper()
	it := &processors.Item{Index: index, Item: envelope.Item{
		Type: in.Type, AttachmentType: in.AttachmentType, SpanCount: in.Spans, Payload: make([]byte, in.Length),
	}}
	switch in.Type {
	case envelope.TypeEvent:
		u.EventCategory, u.Main = outcome.Error, it
		it.Quantities = []outcome.Quantity{{Category: outcome.Error, N: 1}}
	case envelope.TypeFeedback:
		u.EventCategory, u.Main = outcome.Feedback, it
		it.Quantities = []outcome.Quantity{{Category: outcome.Feedback, N: 1}}
	case envelope.TypeUserReport:
		it.Quantities = []outcome.Quantity{{Category: outcome.Feedback, N: 1}}
	case envelope.TypeTransaction:
		u.EventCategory, u.Main = outcome.Transaction, it
		n := 1 + uint64(*in.Spans)
		doc, err := event.Parse([]byte(`{"timestamp":1999999990.5,"spans":[{"timestamp":1999999990.0},{"timestamp":1999999980.0}]}`))
		if err != nil {
			t.Fatal(err)
		}
		u.Event = doc
		it.Quantities = []outcome.Quantity{
			{Category: outcome.Transaction, N: 1}, {Category: outcome.TransactionIndexed, N: 1}, {Category: outcome.Span, N: n}, {Category: outcome.SpanIndexed, N: n},
		}
	case envelope.TypeProfile:
		it.Quantities = []outcome.Quantity{{Category: outcome.Profile, N: 1}, {Category: outcome.ProfileIndexed, N: 1}, {Category: outcome.ProfileBackend, N: 1}}
	case envelope.TypeAttachment:
		if in.AttachmentType != "" {
			u.EventCategory, u.Main = outcome.Error, it
		}
		it.Quantities = []outcome.Quantity{{Category: outcome.Attachment, N: uint64(max(in.Length, 1))}, {Category: outcome.AttachmentItem, N: 1}}
	}
	u.Add(it)
}

// limitedQuantities sums what a unit reports as rate limited.
func limitedQuantities(u *processors.Unit, v processors.Verdict) map[string]uint64 {
	got := map[string]uint64{}
	for _, it := range u.Items {
		if it.Fate != processors.FateDropped && v.Action != processors.ActionDrop {
			continue
		}
		for _, q := range it.Quantities {
			got[q.Category.String()] += q.N
		}
	}
	for _, c := range u.Counts {
		if c.ID == outcome.RateLimited {
			got[c.Category.String()] += c.N
		}
	}
	return got
}

func hasUsage(u *processors.Unit) bool {
	var transactions, spans uint64
	for _, c := range u.Counts {
		if c.ID == outcome.Accepted && c.Category == outcome.Transaction {
			transactions += c.N
		}
		if c.ID == outcome.Accepted && c.Category == outcome.Span {
			spans += c.N
		}
	}
	return transactions == 1 && spans == 3
}

// TestWholeUnits holds order and effect for the units without an event.
func TestWholeUnits(t *testing.T) {
	q := func(pairs ...uint64) (list []outcome.Quantity) {
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, outcome.Quantity{Category: outcome.Category(pairs[i]), N: pairs[i+1]})
		}
		return list
	}
	for _, c := range []struct {
		kind       processors.Kind
		item       string
		quantities []outcome.Quantity
		limited    string
		checks     [][]any
		drop       bool
		silent     bool
	}{
		{processors.KindReplay, envelope.TypeReplayVideo, q(7, 1), "replay", [][]any{{"replay", 2.0}}, true, false},
		{processors.KindLogs, envelope.TypeLog, q(23, 2, 24, 300), "log_byte", [][]any{{"log_item", 4.0}, {"log_byte", 600.0}}, true, false},
		{processors.KindTraceMetrics, envelope.TypeTraceMetric, q(33, 2, 37, 9), "trace_metric", [][]any{{"trace_metric", 4.0}}, true, false},
		{processors.KindProfileChunk, envelope.TypeProfileChunk, q(18, 1), "", [][]any{{"profile_chunk", 2.0}}, false, false},
		{processors.KindProfile, envelope.TypeProfile, q(6, 1, 11, 1, 36, 1), "profile_ui", [][]any{{"profile", 2.0}, {"profile_indexed", 2.0}, {"profile_ui", 2.0}}, true, false},
		{processors.KindSessions, envelope.TypeSession, q(5, 3), "session", [][]any{{"session", 6.0}}, true, true},
		{processors.KindUserReports, envelope.TypeUserReport, q(14, 1), "feedback", [][]any{{"feedback", 2.0}}, true, false},
		{processors.KindSpans, envelope.TypeSpan, q(12, 3, 16, 3), "span_indexed", [][]any{{"span", 6.0}, {"span_indexed", 6.0}}, true, false},
		{processors.KindAttachments, envelope.TypeAttachment, q(4, 1, 22, 1), "attachment_item", [][]any{{"attachment", 2.0}, {"attachment_item", 2.0}}, true, false},
		{processors.KindClientReport, envelope.TypeClientReport, nil, "error", nil, false, false},
	} {
		u := newUnit(t, c.kind)
		for i := range 2 {
			u.Add(&processors.Item{Index: i, Item: envelope.Item{Type: c.item}, Quantities: slices.Clone(c.quantities), Record: new(event.Value)})
		}
		store := &limiterStore{limited: []string{c.limited}}
		v := quota.Step(store, quota.Config{})(t.Context(), u)
		if !reflect.DeepEqual(store.checks, c.checks) {
			t.Errorf("%s: checks %v, want %v", c.kind, store.checks, c.checks)
		}
		if drop := v.Action == processors.ActionDrop; drop != c.drop || v.Silent != c.silent {
			t.Errorf("%s: verdict %+v", c.kind, v)
		}
		if c.kind == processors.KindSpans && (limitedQuantities(u, v)["span"] != 0 || len(u.Counts) == 0) {
			t.Errorf("spans: %+v, %+v", u.Items[0].Quantities, u.Counts)
		}
		if c.drop && len(u.Learned) != 1 {
			t.Errorf("%s: learned %+v", c.kind, u.Learned)
		}
	}
}

func TestCheckInDimensions(t *testing.T) {
	u := newUnit(t, processors.KindCheckIn)
	limit, window := uint64(1), uint64(60)
	u.Project.Config.Quotas = []project.Quota{{
		ID: "mon", HasID: true, Categories: []outcome.Category{outcome.Monitor}, Limit: &limit, Window: &window,
		GroupBy: &project.GroupBy{MaxCardinality: 3, Dimensions: []string{project.DimensionSlug, project.DimensionEnvironment}},
	}}
	u.CheckIn = &checkin.CheckIn{Slug: "My Job", Environment: "prod"}
	store := &fieldStore{}
	if v := quota.Step(store, quota.Config{})(t.Context(), u); v.Action != processors.ActionKeep {
		t.Fatalf("verdict %+v", v)
	}
	want := ":check_in.environment:16547363405050520685:check_in.slug:11106999646016651690"
	if !slices.Equal(store.fields, []string{want}) {
		t.Errorf("fields %q, want %q", store.fields, want)
	}
}

type fieldStore struct{ fields []string }

func (s *fieldStore) Check(_ context.Context, checks []quota.Check) ([]quota.Result, error) {
	for _, k := range checks[0].Counters {
		s.fields = append(s.fields, k.Field)
	}
	return []quota.Result{{States: make([]quota.State, len(checks[0].Counters))}}, nil
}

func TestBuckets(t *testing.T) {
	u := newUnit(t, processors.KindSessions)
	u.Buckets = []metric.Bucket{{Name: "c:sessions/session@none"}, {Name: "s:sessions/user@none"}}
	limit, window := uint64(5), uint64(60)
	u.Project.Config.Quotas = []project.Quota{{ID: "metric_bucket", HasID: true, Categories: []outcome.Category{outcome.MetricBucket}, Limit: &limit, Window: &window, Namespace: "sessions", ReasonCode: "mb"}}
	store := &limiterStore{limited: []string{"metric_bucket"}}
	v := quota.BucketStep(store, quota.Config{})(t.Context(), u)
	want := []processors.Count{{ID: outcome.RateLimited, Reason: "mb", Category: outcome.MetricBucket, N: 2, Timestamp: u.ReceivedAt}}
	if v.Action != processors.ActionDrop || !v.Silent || len(u.Buckets) > 0 || !reflect.DeepEqual(u.Counts, want) {
		t.Errorf("verdict %+v, buckets %v, counts %+v", v, u.Buckets, u.Counts)
	}
}

// Buckets of several units are one as long as they would be added up: they count once, and what was decided holds for all of them.
func TestBucketsAddUp(t *testing.T) {
	limit, window := uint64(5), uint64(60)
	store := &limiterStore{}
	step := quota.BucketStep(store, quota.Config{BucketInterval: 10 * time.Second, BucketDelay: 30 * time.Second})
	for _, c := range []struct {
		after    time.Duration // since the first
		begin    int64         // of the slot, seconds since the first one's
		names    []string
		limited  bool
		asked    int // buckets
		kept     int
		outcomes uint64
	}{
		{0, 0, []string{"a", "b"}, false, 2, 2, 0},
		{5 * time.Second, 0, []string{"b", "c"}, true, 1, 1, 1},
		{6 * time.Second, 0, []string{"a", "c"}, false, 0, 1, 0},
		{7 * time.Second, 10, []string{"a"}, true, 1, 0, 1},
		{39 * time.Second, 0, []string{"a", "b", "c"}, false, 0, 2, 0},
		{41 * time.Second, 0, []string{"a", "c"}, false, 2, 2, 0}, // sent by then
		{42 * time.Second, -500, []string{"a"}, false, 1, 1, 0},   // late
		{51 * time.Second, -500, []string{"a"}, false, 0, 1, 0},
		{53 * time.Second, -500, []string{"a"}, false, 1, 1, 0},
	} {
		u := newUnit(t, processors.KindSessions)
		base := u.Now.Unix() / 10 * 10
		u.Now = time.Unix(base, 0).Add(c.after)
		u.Project.Config.Quotas = []project.Quota{{ID: "metric_bucket", HasID: true, Categories: []outcome.Category{outcome.MetricBucket}, Limit: &limit, Window: &window, ReasonCode: "mb"}}
		for _, n := range c.names {
			u.Buckets = append(u.Buckets, metric.Bucket{Name: "c:sessions/" + n + "@none", Timestamp: base + c.begin})
		}
		store.limited, store.checks = nil, nil
		if c.limited {
			store.limited = []string{"metric_bucket"}
		}
		step(t.Context(), u)
		asked, counted := 0, uint64(0)
		for _, check := range store.checks {
			asked += int(check[1].(float64))
		}
		for _, n := range u.Counts {
			counted += n.N
		}
		if asked != c.asked || len(u.Buckets) != c.kept || counted != c.outcomes {
			t.Errorf("%v after %v: %d asked, %d kept, outcomes of %d; want %+v", c.names, c.after, asked, len(u.Buckets), counted, c)
		}
	}
}

// What counts as usage: buckets always, spans where no other check has seen them; what is limited is not accepted.
func TestUsage(t *testing.T) {
	for _, c := range []struct {
		sampledOut bool
		limited    string
		checks     [][]any
		outcomes   string
	}{
		{false, "", [][]any{{"metric_bucket", 2.0}}, "0 transaction 1, 0 span 3, 1 span_indexed 9"},
		{true, "", [][]any{{"metric_bucket", 2.0}, {"span", 3.0}}, "0 transaction 1, 0 span 3, 1 span_indexed 9"},
		{false, "span", [][]any{{"metric_bucket", 2.0}}, "0 transaction 1, 0 span 3, 1 span_indexed 9"},
		{true, "span", [][]any{{"metric_bucket", 2.0}, {"span", 3.0}}, "1 span_indexed 9, 2 transaction 1 rl_span, 2 span 1 rl_span, 2 span 2 rl_span, 2 metric_bucket 2 rl_span"},
		{true, "metric_bucket", [][]any{{"metric_bucket", 2.0}}, "1 span_indexed 9, 2 metric_bucket 2 rl_metric_bucket, 2 transaction 1 rl_metric_bucket, 2 span 1 rl_metric_bucket, 2 span 2 rl_metric_bucket"},
	} {
		u := newUnit(t, processors.KindTransaction)
		u.SampledOut = c.sampledOut
		u.Count(outcome.Accepted, "", outcome.Transaction, 1, u.Now)
		u.Count(outcome.Accepted, "", outcome.Span, 3, u.Now)
		u.Count(outcome.Filtered, "", outcome.SpanIndexed, 9, u.Now)
		store := &limiterStore{limited: []string{c.limited}}
		if v := quota.UsageStep(store, quota.Config{})(t.Context(), u); v != processors.Keep() {
			t.Errorf("verdict %+v", v)
		}
		var got []string
		for _, n := range u.Counts {
			got = append(got, strings.TrimSpace(fmt.Sprintf("%d %s %d %s", n.ID, n.Category, n.N, n.Reason)))
		}
		if s := strings.Join(got, ", "); s != c.outcomes || !reflect.DeepEqual(store.checks, c.checks) {
			t.Errorf("sampled out %v, %s limited: %s, want %s; checks %v, want %v", c.sampledOut, c.limited, s, c.outcomes, store.checks, c.checks)
		}
		if learned := len(u.Learned) > 0; learned != strings.Contains(c.outcomes, "rl_") {
			t.Errorf("learned %v", u.Learned)
		}
	}
	u := newUnit(t, processors.KindTransaction)
	store := &limiterStore{}
	quota.UsageStep(store, quota.Config{})(t.Context(), u)
	if len(store.checks) > 0 {
		t.Errorf("checks %v without usage", store.checks)
	}
}

func TestStoreDown(t *testing.T) {
	u := newUnit(t, processors.KindError)
	addItem(t, u, 0, enforcementItem{Type: envelope.TypeEvent})
	if v := quota.Step(&limiterStore{down: true}, quota.Config{})(t.Context(), u); v.Action != processors.ActionKeep || !u.Unchecked {
		t.Errorf("verdict %+v, unchecked %v", v, u.Unchecked)
	}
}
