package project

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestGlobal(t *testing.T) {
	for _, c := range []struct {
		text, served string
		broken       bool
	}{
		{`{}`, `{}`, false},
		{`{"measurements":null,"unknown":3}`, `{}`, false},
		{`{"measurements":{"maxCustomMeasurements":2}}`, `{"measurements":{"maxCustomMeasurements":2}}`, false},
		{`{"quotas":[{"id":"x","categories":[],"limit":1,"namespace":"zz"}]}`,
			`{"quotas":[{"id":"x","categories":[],"limit":1,"namespace":"unsupported","scope":"organization"}]}`, false},
		{`{"filters":3}`, `{}`, true},
		{`{"filters":null}`, `{}`, false},
		{`{"filters":{"version":1,"filters":[]}}`, `{"filters":{"version":1}}`, false},
		{`{"filters":{"version":1,"filters":[{"id":"a","isEnabled":true,"condition":{"op":"eq"}}]}}`, `{}`, true},
		{`{"filters":{"version":2,"filters":[{"id":"a","isEnabled":true}]}}`,
			`{"filters":{"version":2,"filters":[{"condition":null,"id":"a","isEnabled":true}]}}`, false},
		{`{"options":3}`, `{}`, false},
		{`{"options":null}`, `{}`, false},
		{`{"options":{"relay.sessions-eap.rollout-rate":"x","zzz":3}}`, `{"options":{"zzz":3}}`, false},
		{`{"options":{"relay.sessions-eap.rollout-rate":0.5,"relay.span-normalization.allowed_hosts":["a"]}}`,
			`{"options":{"relay.sessions-eap.rollout-rate":0.5,"relay.span-normalization.allowed_hosts":["a"]}}`, false},
		{`{"options":{"relay.span-normalization.allowed_hosts":[1],"relay.upload-chunk.size":1.5,"relay.endpoint-fetch-config.enabled":1}}`, `{}`, false},
		{`{"spanOpDefaults":{"rules":[{"condition":{"op":"eq","name":"a","value":1},"value":"x"}]}}`,
			`{"spanOpDefaults":{"rules":[{"condition":{"op":"eq","name":"a","value":1},"value":"x"}]}}`, false},
		{`{"spanOpDefaults":3,"aiModelMetadata":3}`, `{}`, false},
		{`{"spanOpDefaults":{"rules":[{"condition":{"op":"eq","name":"a"},"value":"x"}]}}`, `{}`, false},
		{`{"aiModelMetadata":{"version":1,"models":{}}}`, `{"aiModelMetadata":{"version":1,"models":{}}}`, false},
	} {
		g, err := ParseGlobal([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		var got, want any
		if err := json.Unmarshal(g.AppendTo(nil), &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(c.served), &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) || g.FiltersBroken != c.broken {
			t.Errorf("%s: served %s, filters broken %v", c.text, g.AppendTo(nil), g.FiltersBroken)
		}
	}
}

func TestGlobalUnreadable(t *testing.T) {
	for _, text := range []string{``, `null`, `[]`, `{"measurements":3}`, `{"quotas":null}`, `{"quotas":[{"limit":-1}]}`, `{"quotas":{}}`} {
		if _, err := ParseGlobal([]byte(text)); err == nil {
			t.Errorf("%s is readable", text)
		}
	}
}

func TestGlobalOptions(t *testing.T) {
	g, err := ParseGlobal([]byte(`{"options":{"relay.sessions-eap.rollout-rate":0.25,"relay.span-normalization.allowed_hosts":["a","b"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if f := g.FloatOption(OptionSessionsEAPRollout); f != 0.25 {
		t.Errorf("rate %v", f)
	}
	if l := g.TextsOption(OptionSpanAllowedHosts); !reflect.DeepEqual(l, []string{"a", "b"}) {
		t.Errorf("hosts %v", l)
	}
	if d := DefaultGlobal(); d.FloatOption(OptionSessionsEAPRollout) != 0 || d.TextsOption(OptionSpanAllowedHosts) != nil || string(d.AppendTo(nil)) != "{}" {
		t.Error("the default has no options")
	}
}

func FuzzParseGlobal(f *testing.F) {
	f.Add([]byte(`{"filters":{"version":1,"filters":[{"id":"a","isEnabled":true,"condition":{"op":"not","inner":{"op":"x"}}}]},"options":{"a":1}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := ParseGlobal(b)
		if err != nil {
			return
		}
		text := g.AppendTo(nil)
		again, err := ParseGlobal(text)
		if err != nil {
			t.Fatalf("%s served as %s: %v", b, text, err)
		}
		second := again.AppendTo(nil)
		if again, err = ParseGlobal(second); err != nil || string(again.AppendTo(nil)) != string(second) {
			t.Fatalf("served as %s, then %s: %v", text, second, err)
		}
	})
}
