package items

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/processors"
)

var received = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

func newUnit(kind processors.Kind, items ...envelope.Item) *processors.Unit {
	st := &project.State{Org: 1, Project: 42, HasProject: true}
	st.Config.Features = map[project.Feature]bool{}
	u := &processors.Unit{
		Kind: kind, EventID: envelope.EventID{1}, EventCategory: outcome.Unknown,
		Facts: &processors.Facts{Receipt: raw.ReceiptID{1}, ReceivedAt: received, Now: received, Project: st, Header: &envelope.Header{}},
	}
	for i, it := range items {
		u.Add(&processors.Item{Item: it, Index: i})
	}
	return u
}

func item(kind, payload string) envelope.Item {
	return envelope.Item{Type: kind, Payload: []byte(payload)}
}

// ends lists how each item ended: empty while open, else reason, with a bang when no outcome tells of it.
func ends(u *processors.Unit, v processors.Verdict) []string {
	var list []string
	for _, it := range u.Items {
		fate, reason, silent := it.Fate, it.Reason, it.Silent
		if fate == processors.FateOpen && v.Action == processors.ActionDrop {
			fate, reason, silent = processors.FateDropped, v.Reason, v.Silent
		}
		end := ""
		if fate == processors.FateDropped {
			end = string(reason)
			if silent {
				end += "!"
			}
		}
		list = append(list, end)
	}
	return list
}

func TestStep(t *testing.T) {
	const report = `{"event_id":"4cec9f3e1f214073b816e0f4de5f59b1"}`
	crash := envelope.Item{Type: envelope.TypeAttachment, AttachmentType: envelope.AttachmentMinidump}
	source := envelope.Item{Type: envelope.TypeAttachment, AttachmentType: envelope.AttachmentPayload}
	const sample = `{"version":"1","event_id":"4cec9f3e1f214073b816e0f4de5f59b1","platform":"go","timestamp":"2020-01-01T00:00:00Z","os":{"name":"a","version":"1"},"device":{"architecture":"b"}}`
	sampledOut := item(envelope.TypeProfile, sample)
	sampledOut.Sampled = new(bool)
	for _, c := range []struct {
		name     string
		unit     *processors.Unit
		main     int // index of the item that creates the event, -1: none
		features []project.Feature
		want     string
	}{
		{"event with everything", newUnit(processors.KindError, item("event", "{}"), item("attachment", ""), item("user_report", report), item("profile", "{}"), item("form_data", "")), 0, nil, ",,,invalid_envelope,invalid_envelope"},
		{"second event", newUnit(processors.KindError, item("event", "{}"), item("security", "{}")), 0, nil, ",duplicate_item"},
		{"broken report", newUnit(processors.KindError, item("event", "{}"), item("user_report", "{}")), 0, nil, ",invalid_json"},
		{"feedback with a report", newUnit(processors.KindError, item("feedback", "{}"), item("user_report", report), item("attachment", "")), 0, nil, ",invalid_envelope,"},
		{"crash with sources", newUnit(processors.KindError, crash, source, item("form_data", ""), item("event", "{}")), 0, nil, ",,,"},
		{"source without a crash", newUnit(processors.KindError, item("event", "{}"), source), 0, nil, ","},
		{"breadcrumbs alone", newUnit(processors.KindError, envelope.Item{Type: envelope.TypeAttachment, AttachmentType: envelope.AttachmentBreadcrumbs}), 0, nil, "no_event_payload"},
		{"dump of a console", newUnit(processors.KindError, envelope.Item{Type: envelope.TypeAttachment, AttachmentType: envelope.AttachmentSwitchDying}, item("attachment", "")), 0, nil, "payload,payload"},
		{"attachment of a trace", newUnit(processors.KindAttachments, envelope.Item{Type: envelope.TypeAttachment, ContentType: envelope.ContentTraceAttachment}, item("attachment", "")), -1, nil, "feature_disabled,"},
		{"unreal", newUnit(processors.KindError, item("unreal_report", ""), item("attachment", "")), 0, nil, "internal,internal"},
		{"two check-ins", newUnit(processors.KindCheckIn, item("check_in", `{"status":"ok","monitor_slug":"a"}`), item("check_in", `{}`)), -1, nil, ",duplicate_item"},
		{"no slug", newUnit(processors.KindCheckIn, item("check_in", `{"status":"ok"}`)), -1, nil, "invalid_check_in"},
		{"broken check-in", newUnit(processors.KindCheckIn, item("check_in", `{`)), -1, nil, "invalid_json"},
		{"sessions", newUnit(processors.KindSessions, item("session", `{"started":"2026-11-23T05:00:00Z","attrs":{"release":"r"}}`), item("session", `{}`), item("sessions", `{"attrs":{"release":"a/b"}}`)), -1, nil, ",invalid_json!,timestamp!"},
		{"profile alone", newUnit(processors.KindProfile, item("profile", "{}"), sampledOut), -1, nil, "profiling_invalid_standalone,"},
		{"transaction with profiles", newUnit(processors.KindTransaction, item("transaction", "{}"), item("profile", sample), item("profile", "{}")), 0, nil, ",,profiling_too_many_profiles"},
		{"transaction with a broken profile", newUnit(processors.KindTransaction, item("transaction", "{}"), item("profile", "{")), 0, nil, ",profiling_invalid_json"},
		{"chunk without the feature", newUnit(processors.KindProfileChunk, item("profile_chunk", "{}")), -1, nil, "feature_disabled!"},
		{"chunks", newUnit(processors.KindProfileChunk, item("profile_chunk", `{"platform":"go","version":"2","chunk_id":"4cec9f3e1f214073b816e0f4de5f59b1","profiler_id":"4cec9f3e1f214073b816e0f4de5f59b1","client_sdk":{"name":"a","version":"1"}}`), item("profile_chunk", `{"platform":"go"}`)), -1, []project.Feature{project.FeatureContinuousProfiling}, ",profiling_platform_not_supported"},
		{"unknown", newUnit(processors.KindUnknown, item("nel", ""), item("form_data", ""), item("transaction", "{}")), -1, nil, "invalid_envelope,invalid_envelope,internal"},
		{"replay without the feature", newUnit(processors.KindReplay, item("replay_video", "")), -1, nil, "feature_disabled!"},
		{"replay", newUnit(processors.KindReplay, item("replay_event", "{}"), item("replay_recording", "")), -1, []project.Feature{project.FeatureSessionReplay}, ","},
		{"recording alone", newUnit(processors.KindReplay, item("replay_recording", "")), -1, []project.Feature{project.FeatureSessionReplay}, ""},
		{"replay event alone", newUnit(processors.KindReplay, item("replay_event", "")), -1, []project.Feature{project.FeatureSessionReplay}, "invalid_replay_missing_recording"},
		{"two replay events", newUnit(processors.KindReplay, item("replay_event", ""), item("replay_event", "")), -1, []project.Feature{project.FeatureSessionReplay}, "duplicate_item,duplicate_item"},
		{"video with a recording", newUnit(processors.KindReplay, item("replay_video", ""), item("replay_recording", "")), -1, []project.Feature{project.FeatureSessionReplay}, "duplicate_item,duplicate_item"},
		{"video", newUnit(processors.KindReplay, item("replay_video", "\x93\xC4\x00\xC4\x00\xC4\x01v")), -1, []project.Feature{project.FeatureSessionReplay}, ",,"},
		{"broken video", newUnit(processors.KindReplay, item("replay_video", "")), -1, []project.Feature{project.FeatureSessionReplay}, "invalid_replay_video"},
		{"video switched off", newUnit(processors.KindReplay, item("replay_video", "")), -1, []project.Feature{project.FeatureSessionReplay, project.FeatureReplayVideoDisabled}, "feature_disabled!"},
	} {
		if c.main >= 0 {
			c.unit.Main = c.unit.Items[c.main]
			c.unit.EventCategory = outcome.Error
			if c.unit.Main.Type == envelope.TypeFeedback {
				c.unit.EventCategory = outcome.Feedback
			}
		}
		for _, f := range c.features {
			c.unit.Project.Config.Features[f] = true
		}
		v := Step(Config{})(t.Context(), c.unit)
		if got := strings.Join(ends(c.unit, v), ","); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestNeedsEventID(t *testing.T) {
	for _, k := range []processors.Kind{processors.KindAttachments, processors.KindUserReports} {
		u := newUnit(k, item("attachment", "x"))
		u.EventID = envelope.EventID{}
		if v := Step(Config{})(t.Context(), u); v != processors.Drop(outcome.Invalid, reasonEventID) {
			t.Errorf("%s: verdict %+v", k, v)
		}
	}
}

func TestClientReports(t *testing.T) {
	u := newUnit(processors.KindClientReport,
		item("client_report", `{"timestamp":1795413540.9,"discarded_events":[["queue","error",2],["none","error",0]],"rate_limited_events":[["","span",3]]}`),
		item("client_report", `{"discarded_events":[["late","error",1]]}`),
		item("client_report", `{"timestamp":1700000000,"discarded_events":[["old","error",1]]}`),
		item("client_report", `{"timestamp":1795417140,"discarded_events":[["future","error",1]]}`),
		item("client_report", `nonsense`),
	)
	if v := Step(Config{})(t.Context(), u); v.Action != processors.ActionKeep {
		t.Fatalf("verdict %+v", v)
	}
	at := time.Unix(1795413540, 0).UTC()
	want := []processors.Count{
		{ID: outcome.ClientDiscard, Reason: "queue", Category: outcome.Error, N: 2, Timestamp: at},
		{ID: outcome.ClientDiscard, Reason: "none", Category: outcome.Error, Timestamp: at},
		{ID: outcome.RateLimited, Category: outcome.Span, N: 3, Timestamp: at},
		{ID: outcome.ClientDiscard, Reason: "late", Category: outcome.Error, N: 1, Timestamp: received},
	}
	if !reflect.DeepEqual(u.Counts, want) {
		t.Errorf("counts\n got %+v\nwant %+v", u.Counts, want)
	}
	if got := strings.Join(ends(u, processors.Verdict{}), ","); got != ",,timestamp!,timestamp!,invalid_json!" {
		t.Errorf("ends %s", got)
	}
	// A wrong clock moves the times of the report.
	u = newUnit(processors.KindClientReport, item("client_report", `{"timestamp":1795327140,"discarded_events":[["a","error",1]]}`))
	u.Header.SentAt = received.Add(-24 * time.Hour)
	Step(Config{})(t.Context(), u)
	if len(u.Counts) != 1 || !u.Counts[0].Timestamp.Equal(at) {
		t.Errorf("counts %+v, want one at %v", u.Counts, at)
	}
}

func TestBuckets(t *testing.T) {
	one := `{"sid":"8333339f-5675-4f89-a9a0-1c935255ab58","init":true,"started":"2026-11-23T05:00:0%d.5Z","attrs":{"release":"r"}}`
	u := newUnit(processors.KindSessions, item("session", strings.Replace(one, "%d", "1", 1)), item("session", strings.Replace(one, "%d", "7", 1)))
	u.Header.Client = "sdk/1"
	Step(Config{})(t.Context(), u)
	Buckets(Config{})(t.Context(), u)
	if len(u.Buckets) != 1 || u.Buckets[0].Value != 2 || u.Buckets[0].Timestamp != 1795410000 || len(u.Buckets[0].Tags) != 3 {
		t.Errorf("buckets %+v", u.Buckets)
	}
	if q := u.Items[0].Quantities; len(q) != 1 || q[0] != (outcome.Quantity{Category: outcome.Session, N: 1}) {
		t.Errorf("quantities %+v", q)
	}
}

func TestValidate(t *testing.T) {
	if err := (Config{MaxFuture: -1, MaxSessionAge: -1}).Validate(); err == nil {
		t.Error("no error for negative times")
	}
}
