package records_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/record"
	"weir/processors"
	"weir/processors/records"
)

func item(kind, contentType, payload string, count int) *processors.Item {
	n := uint32(count)
	return &processors.Item{Item: envelope.Item{Type: kind, ContentType: contentType, ItemCount: &n, Payload: []byte(payload)}}
}

func unit(kind processors.Kind, items ...*processors.Item) *processors.Unit {
	state := project.Default()
	state.Config.Features = map[project.Feature]bool{project.FeatureLogs: true, project.FeatureTraceMetrics: true}
	u := &processors.Unit{Facts: &processors.Facts{ReceivedAt: time.Unix(1700000005, 0), Project: state, Header: &envelope.Header{}}, Kind: kind}
	for i, it := range items {
		it.Index = i
		u.Add(it)
	}
	return u
}

// ends lists the reasons of items in order; "" stands for an open one.
func ends(u *processors.Unit, v processors.Verdict) string {
	var out []string
	for _, it := range u.Items {
		if it.Fate == processors.FateOpen && v.Action == processors.ActionDrop {
			it.Reason = v.Reason
		}
		out = append(out, string(it.Reason))
	}
	return strings.Join(out, ",")
}

const (
	logs  = record.ContentLog
	spans = record.ContentSpan
	trace = `"trace_id":"5b8efff798038103d269b633813fc60c"`
)

func TestOpen(t *testing.T) {
	legacy := func(payload []byte) (*event.Doc, *event.Value, error) {
		d := event.New()
		v, err := d.ParseText(string(payload))
		if err != nil {
			return nil, nil, errors.New("no JSON")
		}
		return d, v, nil
	}
	span := func(id string) string { return `{` + trace + `,"span_id":"` + id + `"}` }
	for _, c := range []struct {
		name   string
		unit   *processors.Unit
		header string // trace header
		want   string
	}{
		{"a container", unit(processors.KindLogs, item("log", logs, `{"items":[{"body":"x"},{"body":"y"}]}`, 2)), "", ",,"},
		{"two containers", unit(processors.KindLogs, item("log", logs, `{}`, 0), item("log", logs, `{}`, 0)), "", "duplicate_item,duplicate_item"},
		{"a wrong count", unit(processors.KindLogs, item("log", logs, `{"items":[{}]}`, 2)), "", "invalid_json"},
		{"another content type", unit(processors.KindLogs, item("log", "application/json", `{"items":[{}]}`, 1)), "", "invalid_json"},
		{"too many values", unit(processors.KindLogs, item("log", logs, `{"items":[{"a":[`+strings.Repeat("1,", 2000)+`1]}]}`, 1)), "", "request_too_large"},
		{"a large log", unit(processors.KindLogs, item("log", logs, `{"items":[{"body":"`+strings.Repeat("x", 200)+`"},{"body":"y"}]}`, 2)), "", ",too_large:log,"},
		{"an unknown integration", unit(processors.KindLogs, item("integration", "x", `{}`, 0)), "", "invalid_json"},
		{"broken protobuf", unit(processors.KindLogs, item("integration", envelope.IntegrationOTLPLogsProtobuf, "\xff", 0)), "", "invalid_proto"},
		{"spans without a trace header", unit(processors.KindSpans, item("span", spans, `{"items":[`+span("eee19b7ec3c1b174")+`]}`, 1)), "", "missing_dsc,missing_dsc"},
		{"spans of another trace", unit(processors.KindSpans, item("span", spans, `{"items":[`+span("eee19b7ec3c1b174")+`]}`, 1)), "4c79f60c11214eb38604f4ae0781bfb2", "invalid_dsc,invalid_dsc"},
		{"equal and bad ids", unit(processors.KindSpans, item("span", spans, `{"items":[`+span("eee19b7ec3c1b174")+`,`+span("EEE19B7EC3C1B174")+`,`+span("x")+`]}`, 3)),
			"5b8efff798038103d269b633813fc60c", ",duplicate,,invalid_span"},
		{"spans of version 1", unit(processors.KindSpans, item("span", "", span("eee19b7ec3c1b174"), 1), item("span", "", "x", 1), item("span", "", span("aee19b7ec3c1b174"), 1)),
			"5b8efff798038103d269b633813fc60c", ",invalid_json,"},
		{"both versions", unit(processors.KindSpans, item("span", "", span("eee19b7ec3c1b174"), 1), item("span", spans, `{"items":[]}`, 0)), "", "duplicate_item,duplicate_item"},
	} {
		if c.header != "" {
			c.unit.Header.Trace = []byte(`{"trace_id":"` + c.header + `","public_key":"a94ae32be2584e0bbd7a4cbb95971fee"}`)
		}
		v := records.Open(records.Config{MaxLogSize: 100, MaxLogValues: 1000, Legacy: legacy})(t.Context(), c.unit)
		if got := ends(c.unit, v); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestGates(t *testing.T) {
	for _, k := range []processors.Kind{processors.KindLogs, processors.KindTraceMetrics} {
		u := unit(k, item("log", logs, `{"items":[{}]}`, 1))
		u.Project = project.Default()
		if v := records.Open(records.Config{})(t.Context(), u); v.Action != processors.ActionDrop || !v.Silent || v.Reason != records.ReasonFeature {
			t.Errorf("%s: %+v", k, v)
		}
	}
}

// TestEmpty: a container without members ends, and counts nothing.
func TestEmpty(t *testing.T) {
	u := unit(processors.KindLogs, item("log", logs, `{"items":[]}`, 0))
	records.Open(records.Config{})(t.Context(), u)
	if it := u.Items[0]; it.Fate != processors.FateAccepted || it.Quantities == nil || len(it.Quantities) > 0 {
		t.Errorf("%+v", it)
	}
}

// TestTrusted: only trusted relays are believed about sizes.
func TestTrusted(t *testing.T) {
	for trusted, want := range map[bool]uint64{true: 77, false: 4} {
		u := unit(processors.KindLogs, item("log", logs, `{"items":[{"__header":{"byte_size":77},"body":"four"}]}`, 1))
		u.Trusted = trusted
		records.Open(records.Config{})(t.Context(), u)
		if q := u.Items[1].Quantities; u.Items[1].Size != want || q[0] != (outcome.Quantity{Category: outcome.LogItem, N: 1}) || q[1] != (outcome.Quantity{Category: outcome.LogByte, N: want}) {
			t.Errorf("trusted %v: %d, %v", trusted, u.Items[1].Size, q)
		}
	}
}

func TestConfig(t *testing.T) {
	if err := (records.Config{MaxLogSize: -1, MaxSpanValues: -1}).Validate(); err == nil || !strings.Contains(err.Error(), "max_log_size") || !strings.Contains(err.Error(), "max_expanded_span_operations") {
		t.Errorf("%v", err)
	}
}
