package project

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"weir/codecs/dsn"
)

const key = "e12d836b15bb49d7bbf99e64295d995b"

func TestStateMembers(t *testing.T) {
	s, err := Parse([]byte(`{"disabled":false,"projectId":42,"lastChange":"2026-10-08T12:32:10.5+02:00","rev":"r1","slug":"p",
		"publicKeys":[{"publicKey":"` + key + `","numericId":7,"isEnabled":true},{"publicKey":"` + strings.Repeat("x", 32) + `"}],
		"organizationId":3,"upstream":"https://up.example/","lastFetch":"x","config":{"eventRetention":30,"unknown":[1]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if s.Disabled || s.Project != 42 || !s.HasProject || s.Org != 3 || s.Rev != "r1" || !s.HasRev || s.Slug != "p" || len(s.Keys) != 2 {
		t.Errorf("%+v", s)
	}
	if want := time.Date(2026, 10, 8, 10, 32, 10, 5e8, time.UTC); !s.LastChange.Equal(want) || s.LastChange.Location() != time.UTC {
		t.Errorf("lastChange %v", s.LastChange)
	}
	if got := s.Scoping(key, 9); got != (dsn.Scoping{Org: 3, Project: 42, Key: key, KeyID: 7}) {
		t.Errorf("scoping %+v", got)
	}
	if r := s.Config.Retention("span"); r != (Retention{30, 30}) {
		t.Errorf("retention %+v", r)
	}
}

func TestStateDefaults(t *testing.T) {
	s, err := Parse([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if s.HasProject || s.HasRev || s.Disabled || len(s.Keys) != 0 {
		t.Errorf("%+v", s)
	}
	if !reflect.DeepEqual(s.Config.AllowedDomains, []string{"*"}) || s.Config.Retention("") != (Retention{90, 90}) {
		t.Errorf("%+v", s.Config)
	}
	if got := s.Scoping(key, 9); got != (dsn.Scoping{Project: 9, Key: key}) {
		t.Errorf("scoping %+v", got)
	}
	if len(s.Config.Features) != len(GraduatedFeatures) {
		t.Errorf("features %v", s.Config.Features)
	}
	for _, f := range GraduatedFeatures {
		if !s.Config.Features[f] {
			t.Errorf("%s is not inserted", f)
		}
	}
	if s.Status() != Enabled {
		t.Errorf("status %v", s.Status())
	}
	if s, err = Parse([]byte(`{"disabled":true,"projectId":null,"rev":null,"slug":null,"lastChange":null,"organizationId":null}`)); err != nil || s.Status() != Disabled {
		t.Errorf("%+v %v", s, err)
	}
}

func TestStateUnreadable(t *testing.T) {
	for _, text := range []string{
		``, `null`, `[]`, `{`, `{}x`, "{\"slug\":\"\xff\"}", `{"slug":"\ud800"}`,
		`{"disabled":null}`, `{"disabled":"true"}`, `{"disabled":true,"slug":5}`,
		`{"projectId":"42"}`, `{"projectId":42.0}`, `{"projectId":-1}`, `{"projectId":18446744073709551616}`, `{"projectId":1e2}`,
		`{"lastChange":"yesterday"}`, `{"lastChange":5}`, `{"rev":5}`, `{"slug":5}`, `{"organizationId":"1"}`,
		`{"publicKeys":null}`, `{"publicKeys":{}}`, `{"publicKeys":[{}]}`, `{"publicKeys":[{"publicKey":"short"}]}`, `{"publicKeys":["` + key + `"]}`,
		`{"publicKeys":[{"publicKey":"` + strings.Repeat("ü", 16) + `"}]}`, `{"publicKeys":[{"publicKey":"` + key + `","numericId":"7"}]}`,
		`{"config":null}`, `{"config":[1]}`, `{"upstream":"nowhere"}`, `{"upstream":5}`,
		`{"disabled":true,"config":{"quotas":[{"limit":-1}]}}`,
	} {
		if s, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s: %+v", text, s)
		}
	}
}

// Duplicate names: the last one counts.
func TestStateDuplicates(t *testing.T) {
	s, err := Parse([]byte(`{"slug":"a","slug":"b","Slug":"c"}`))
	if err != nil || s.Slug != "b" {
		t.Errorf("%+v %v", s, err)
	}
}

func TestServedViews(t *testing.T) {
	b, err := os.ReadFile("testdata/strict.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	full, limited := s.AppendFull(nil, "https://adv.example/"), s.AppendLimited(nil, "")
	view := func(text []byte) (state, config map[string]any) {
		if err := json.Unmarshal(text, &state); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return state, state["config"].(map[string]any)
	}
	fullState, fullConfig := view(full)
	limitedState, limitedConfig := view(limited)
	if fullState["upstream"] != "https://adv.example/" || limitedState["upstream"] != nil {
		t.Errorf("upstream: %v, %v", fullState["upstream"], limitedState["upstream"])
	}
	for _, member := range []string{"disabled", "projectId", "lastChange", "rev", "publicKeys", "slug", "config", "organizationId"} {
		if _, ok := limitedState[member]; !ok {
			t.Errorf("limited view has no %s", member)
		}
	}
	internal := []string{"trustedRelaySettings", "groupingConfig", "eventRetention", "downsampledEventRetention", "retentions", "quotas", "sampling"}
	for _, member := range internal {
		if _, ok := limitedConfig[member]; ok {
			t.Errorf("limited view has %s", member)
		}
		delete(fullConfig, member)
	}
	if !reflect.DeepEqual(fullConfig, limitedConfig) {
		t.Errorf("views differ in more than the internal members:\n%s\n%s", full, limited)
	}
	again, err := Parse(full)
	if err != nil {
		t.Fatal(err)
	}
	if second := again.AppendFull(nil, "https://adv.example/"); !bytes.Equal(full, second) {
		t.Errorf("served once %s\n     twice %s", full, second)
	}
}

func TestDefault(t *testing.T) {
	s := Default()
	again, err := Parse(s.Raw)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(s.Config.Features, again.Config.Features) {
		t.Errorf("%v, %v", s.Config.Features, again.Config.Features)
	}
}

// Whatever is readable is served in a form that reads back; once more makes no difference (the first time loses broken sampling).
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"projectId":1,"publicKeys":[{"publicKey":"` + key + `","numericId":1}],"config":{"quotas":[{"limit":0}]}}`))
	if b, err := os.ReadFile("testdata/strict.json"); err == nil {
		f.Add(b)
	}
	if b, err := os.ReadFile("testdata/configs.json"); err == nil {
		var cases []configCase
		if json.Unmarshal(b, &cases) == nil {
			for _, c := range cases {
				f.Add(append(append([]byte(`{"config":`), c.Config...), '}'))
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Parse(b)
		if err != nil {
			return
		}
		full := s.AppendFull(nil, "")
		again, err := Parse(full)
		if err != nil {
			t.Fatalf("%s served as %s: %v", b, full, err)
		}
		second := again.AppendFull(nil, "")
		if again, err = Parse(second); err != nil {
			t.Fatalf("%s served as %s: %v", full, second, err)
		}
		if third := again.AppendFull(nil, ""); !bytes.Equal(second, third) {
			t.Fatalf("served as %s, then %s", second, third)
		}
		if _, err := Parse(s.AppendLimited(nil, "")); err != nil {
			t.Fatal(err)
		}
	})
}

// What is there but empty is served as such, and a section may be an empty array.
func TestEmptyIsNotAbsent(t *testing.T) {
	s, err := Parse([]byte(`{"organizationId":0,"slug":"","publicKeys":[{"publicKey":"00000000000000000000000000000001","numericId":0}],"config":{"piiConfig":[],
		"filterSettings":[ ],"datascrubbingSettings":[],"trustedRelaySettings":[],"sampling":[],"measurements":[],"performanceScore":[],"sessionMetrics":[]}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"disabled":false,"projectId":null,"lastChange":null,"rev":null,"publicKeys":[{"publicKey":"00000000000000000000000000000001","numericId":0}],"slug":"",` +
		`"config":{"allowedDomains":["*"],"trustedRelays":[],"piiConfig":{},"sampling":{"version":2,"rules":[]},"measurements":{"maxCustomMeasurements":0},"performanceScore":{},"features":["organizations:indexed-spans-extraction","organizations:profiling","organizations:relay-otel-logs-endpoint",` +
		`"organizations:relay-otlp-traces-endpoint","organizations:standalone-span-ingestion","organizations:user-feedback-ingest","projects:profiling-ingest-unsampled-profiles","projects:span-v2-experimental-processing"]},"organizationId":0}`
	if got := string(s.AppendFull(nil, "")); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if _, err := Parse([]byte(`{"config":[]}`)); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{`{"config":[1]}`, `{"config":{"filterSettings":[{}]}}`, `{"config":{"trimming":[]}}`, `[]`} {
		if _, err := Parse([]byte(bad)); err == nil {
			t.Error("taken:", bad)
		}
	}
}
