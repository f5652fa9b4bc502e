package admission

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/codecs/casefile"
	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
)

var (
	now   = time.Unix(2_000_000_000, 0)
	scope = dsn.Scoping{Org: 1, Project: 42, Key: "e12d836b15bb49d7bbf99e64295d995b", KeyID: 7}
)

// itemSpec is an item as the vectors describe it.
type itemSpec struct {
	Type           string  `json:"type"`
	Length         int     `json:"length"`
	AttachmentType string  `json:"attachment_type"`
	SpanCount      *uint32 `json:"span_count"`
	ItemCount      *uint32 `json:"item_count"`
	Platform       string  `json:"platform"`
}

func build(specs ...itemSpec) *envelope.Envelope {
	e := &envelope.Envelope{}
	for _, s := range specs {
		e.Items = append(e.Items, envelope.Item{Type: s.Type, AttachmentType: s.AttachmentType, SpanCount: s.SpanCount, ItemCount: s.ItemCount,
			Platform: s.Platform, Payload: make([]byte, s.Length)})
	}
	return e
}

// withQuotas is a project state with the quotas of a JSON list.
func withQuotas(t testing.TB, list string) *project.State {
	t.Helper()
	s, err := project.Parse([]byte(`{"config":{"quotas":` + list + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func zeroQuota1(category string) string {
	return fmt.Sprintf(`{"categories":[%q],"scope":"project","limit":0,"reasonCode":"rl_%s"}`, category, category)
}

// kept names the items of an envelope as the vectors do.
func kept(e *envelope.Envelope) []string {
	names := []string{}
	for _, it := range e.Items {
		name := it.Type
		if it.RateLimited {
			name += ":rate_limited"
		}
		names = append(names, name)
	}
	return names
}

type quantity struct {
	Category string `json:"category"`
	Quantity uint64 `json:"quantity"`
}

func quantities(list []raw.Discard) []quantity {
	sums := map[outcome.Category]uint64{}
	for _, d := range list {
		sums[d.Category] += d.Quantity
	}
	out := []quantity{}
	for _, c := range outcome.AllCategories {
		if sums[c] > 0 {
			out = append(out, quantity{c.String(), sums[c]})
		}
	}
	return out
}

func sorted(list []quantity) []quantity {
	slices.SortFunc(list, func(a, b quantity) int {
		return int(outcome.ParseCategory(a.Category)) - int(outcome.ParseCategory(b.Category))
	})
	return list
}

func TestEnforcementVectors(t *testing.T) {
	var file struct {
		Cases []struct {
			Title    string     `json:"title"`
			Items    []itemSpec `json:"items"`
			Limited  []string   `json:"limited_categories"`
			Kept     []string   `json:"kept_items"`
			Outcomes []quantity `json:"outcomes"`
			Returned []string   `json:"limits_returned_to_client"`
			Status   int        `json:"http_status"`
		} `json:"cases"`
	}
	casefile.JSON(t, "testdata/enforcement.json", &file)
	if len(file.Cases) < 25 {
		t.Fatalf("only %d cases", len(file.Cases))
	}
	for _, c := range file.Cases {
		var list []string
		for _, l := range c.Limited {
			list = append(list, zeroQuota1(l))
		}
		st := withQuotas(t, "["+strings.Join(list, ",")+"]")
		// Checked once, as for a project that was not known at the edge, and twice, as at the edge and then again.
		for _, stages := range [][]Stage{{AtDequeue}, {AtEdge, AtDequeue}} {
			e := build(c.Items...)
			var discards []raw.Discard
			var returned []string
			for i, stage := range stages {
				r := CheckLimits(e, LimitInput{Scope: scope, State: st, Now: now, Stage: stage})
				discards = append(discards, r.Discards...)
				if i == 0 {
					for _, l := range r.Limits {
						returned = append(returned, l.Categories[0].String())
					}
				}
				for j := range e.Items { // the flag does not travel
					e.Items[j].RateLimited = e.Items[j].RateLimited && stage == AtDequeue
				}
			}
			if got := kept(e); !slices.Equal(got, c.Kept) {
				t.Errorf("%s, stages %v: kept %v, want %v", c.Title, stages, got, c.Kept)
			}
			if got := quantities(discards); !slices.Equal(got, sorted(c.Outcomes)) {
				t.Errorf("%s, stages %v: outcomes %v, want %v", c.Title, stages, got, c.Outcomes)
			}
			for _, d := range discards {
				if d.ID != outcome.RateLimited || !slices.Contains(c.Limited, strings.TrimPrefix(string(d.Reason), "rl_")) {
					t.Errorf("%s: outcome %+v", c.Title, d)
				}
			}
			if !slices.Equal(returned, c.Returned) || (len(returned) > 0) != (c.Status == 429) {
				t.Errorf("%s: returned %v, want %v (status %d)", c.Title, returned, c.Returned, c.Status)
			}
		}
	}
}

func limit(seconds int, reason outcome.Reason, cats ...outcome.Category) ratelimit.Limit {
	return ratelimit.Limit{Categories: cats, Scope: ratelimit.ScopeOf(ratelimit.ScopeOrganization, scope), Reason: reason,
		Expires: now.Add(time.Duration(seconds) * time.Second)}
}

func check(e *envelope.Envelope, stage Stage, limits ...ratelimit.Limit) Limited {
	return CheckLimits(e, LimitInput{Scope: scope, Cached: limits, Now: now, Stage: stage})
}

func TestLimitReasonIsOfTheLongest(t *testing.T) {
	e := build(itemSpec{Type: "event"})
	r := check(e, AtEdge, limit(30, "short", outcome.Error), limit(90, "long"), limit(60, "middle", outcome.Default, outcome.Error),
		limit(-1, "expired", outcome.Error), limit(99, "other", outcome.Session))
	if len(r.Limits) != 3 || len(r.Discards) != 1 || r.Discards[0].Reason != "long" {
		t.Errorf("%+v", r)
	}
	if len(r.Removed) != 1 || r.Removed[0].Index != 0 || r.Removed[0].Reason != "long" || len(e.Items) != 0 {
		t.Errorf("%+v", r.Removed)
	}
}

// Spans of a limited transaction are counted when no header tells.
func TestLimitedTransactionCountsItsSpans(t *testing.T) {
	e := build(itemSpec{Type: "transaction"})
	e.Items[0].Payload = []byte(`{"type":"transaction","spans":[{"a":["]"]},{},{"b":"}\""}],"x":{"spans":[1]}}`)
	r := check(e, AtEdge, limit(30, "r", outcome.Transaction))
	want := []quantity{{"transaction", 1}, {"transaction_indexed", 1}, {"span", 4}, {"span_indexed", 4}}
	if got := quantities(r.Discards); !slices.Equal(got, sorted(want)) {
		t.Errorf("%v", got)
	}
}

// What an event takes with it, and what is told about each of the removed items.
func TestLimitedEventTakesDependents(t *testing.T) {
	e := build(itemSpec{Type: "event"}, itemSpec{Type: "session"}, itemSpec{Type: "form_data"}, itemSpec{Type: "user_report"},
		itemSpec{Type: "attachment", Length: 5}, itemSpec{Type: "attachment", AttachmentType: envelope.AttachmentMinidump},
		itemSpec{Type: "profile", Platform: "android"}, itemSpec{Type: "replay_event"}, itemSpec{Type: "replay_recording"},
		itemSpec{Type: "client_report"}, itemSpec{Type: "check_in"})
	r := check(e, AtEdge, limit(30, "r", outcome.Error))
	if got := kept(e); !slices.Equal(got, []string{"session", "replay_recording", "client_report", "check_in"}) {
		t.Errorf("kept %v", got)
	}
	want := []quantity{{"error", 1}, {"attachment", 6}, {"profile", 1}, {"attachment_item", 2}, {"profile_ui", 1}}
	if got := quantities(r.Discards); !slices.Equal(got, sorted(want)) {
		t.Errorf("outcomes %v", got)
	}
	var indexes []int
	var silent []string
	for _, x := range r.Removed {
		indexes = append(indexes, x.Index)
		if x.Silent {
			silent = append(silent, x.Item.Type)
		}
	}
	if !slices.Equal(indexes, []int{0, 2, 3, 4, 5, 6, 7}) || !slices.Equal(silent, []string{"form_data", "user_report", "replay_event"}) {
		t.Errorf("removed %v, silently %v", indexes, silent)
	}
}

// A crash file under an attachment limit stays; only the second check, where the flag is used, tells.
func TestCrashFileIsFlagged(t *testing.T) {
	dump := itemSpec{Type: "attachment", AttachmentType: envelope.AttachmentMinidump, Length: 7}
	for stage, want := range map[Stage]int{AtEdge: 0, AtDequeue: 2} {
		e := build(dump)
		r := check(e, stage, limit(30, "r", outcome.AttachmentItem))
		if len(r.Discards) != want || len(r.Limits) != 0 || len(r.Removed) != 0 || !e.Items[0].RateLimited {
			t.Errorf("stage %d: %+v", stage, r)
		}
		if r = check(e, stage, limit(30, "r", outcome.AttachmentItem)); len(r.Discards) != 0 {
			t.Errorf("stage %d, flagged: %+v", stage, r)
		}
	}
}

func TestMetricBucketsReportLimits(t *testing.T) {
	l := limit(30, "r", outcome.MetricBucket)
	l.Namespaces = []string{"sessions"}
	e := build(itemSpec{Type: "metric_buckets"})
	if r := check(e, AtEdge, l); len(r.Limits) != 1 || len(r.Removed) != 0 || len(e.Items) != 1 {
		t.Errorf("%+v", r)
	}
	if r := check(build(itemSpec{Type: "event"}), AtEdge, l, limit(30, "r", outcome.MetricBucket)); len(r.Limits) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestPlatformProfiles(t *testing.T) {
	e := build(itemSpec{Type: "profile", Platform: "javascript"}, itemSpec{Type: "profile", Platform: "python"}, itemSpec{Type: "profile"},
		itemSpec{Type: "profile_chunk", Platform: "cocoa"}, itemSpec{Type: "profile_chunk", Platform: "node"}, itemSpec{Type: "profile_chunk"})
	r := check(e, AtEdge, limit(30, "r", outcome.ProfileBackend, outcome.ProfileChunkUi))
	if got := kept(e); !slices.Equal(got, []string{"profile", "profile", "profile_chunk", "profile_chunk"}) || e.Items[1].Platform != "" {
		t.Errorf("kept %v", got)
	}
	want := []quantity{{"profile", 1}, {"profile_indexed", 1}, {"profile_chunk_ui", 1}, {"profile_backend", 1}}
	if got := quantities(r.Discards); !slices.Equal(got, sorted(want)) {
		t.Errorf("outcomes %v", got)
	}
}

func TestZeroQuotaScopes(t *testing.T) {
	for quota, limited := range map[string]bool{
		`{"limit":0}`: true,
		`{"limit":0,"scope":"organization","scopeId":"1"}`:                                                         true,
		`{"limit":0,"scope":"organization","scopeId":"2"}`:                                                         false,
		`{"limit":0,"scope":"project","scopeId":"+42"}`:                                                            true,
		`{"limit":0,"scope":"project","scopeId":" 42"}`:                                                            false,
		`{"limit":0,"scope":"key","scopeId":"7"}`:                                                                  true,
		`{"limit":0,"scope":"key","scopeId":"8"}`:                                                                  false,
		`{"limit":0,"scope":"galaxy"}`:                                                                             true,
		`{"limit":0,"scope":"galaxy","scopeId":"7"}`:                                                               false,
		`{"limit":0,"categories":["metric_bucket","error"],"namespace":"sessions"}`:                                false,
		`{"limit":0,"categories":["monitor","error"],"groupBy":{"maxCardinality":1,"dimensions":["checkInSlug"]}}`: false,
		`{"id":"x","limit":1,"window":1,"categories":["error"]}`:                                                   false,
		`{"id":"x","window":1,"categories":["error"]}`:                                                             false,
	} {
		e := build(itemSpec{Type: "event"})
		r := CheckLimits(e, LimitInput{Scope: scope, State: withQuotas(t, "["+quota+"]"), Now: now})
		if (len(r.Limits) > 0) != limited || (len(e.Items) == 0) != limited {
			t.Errorf("%s: %+v", quota, r)
		}
	}
	noKey := scope
	noKey.KeyID = 0
	e := build(itemSpec{Type: "event"})
	if r := CheckLimits(e, LimitInput{Scope: noKey, State: withQuotas(t, `[{"limit":0,"scope":"key","scopeId":"0"}]`), Now: now}); len(r.Limits) > 0 {
		t.Errorf("a key scope without key id never equals: %+v", r)
	}
}

func TestNothingToCheckAllocatesNothing(t *testing.T) {
	e := build(itemSpec{Type: "event", Length: 100})
	st := withQuotas(t, `[{"id":"x","limit":1,"window":1,"categories":["error"]}]`)
	in := LimitInput{Scope: scope, State: st, Now: now}
	CheckLimits(e, in)
	if n := testing.AllocsPerRun(100, func() { CheckLimits(e, in) }); n != 0 {
		t.Errorf("%v allocations without limits", n)
	}
	in.Cached = []ratelimit.Limit{limit(30, "r", outcome.Session), limit(30, "r", outcome.Monitor)}
	if n := testing.AllocsPerRun(100, func() { CheckLimits(e, in) }); n != 0 {
		t.Errorf("%v allocations when no limit applies", n)
	}
}

func BenchmarkCheckLimits(b *testing.B) {
	in := LimitInput{Scope: scope, State: withQuotas(b, `[{"id":"x","limit":1,"window":1,"categories":["error"]}]`), Now: now}
	cached := in
	cached.Cached = []ratelimit.Limit{limit(30, "r", outcome.Session), limit(30, "r", outcome.Monitor)}
	for name, in := range map[string]LimitInput{"none": in, "others": cached} {
		b.Run(name, func(b *testing.B) {
			e := build(itemSpec{Type: "event", Length: 8500})
			b.ReportAllocs()
			for b.Loop() {
				CheckLimits(e, in)
			}
		})
	}
	b.Run("hit", func(b *testing.B) {
		in := cached
		in.Cached = append(in.Cached, limit(30, "r", outcome.Error))
		item := build(itemSpec{Type: "event", Length: 8500}).Items[0]
		e := build(itemSpec{})
		b.ReportAllocs()
		for b.Loop() {
			e.Items = append(e.Items[:0], item)
			CheckLimits(e, in)
		}
	})
}
