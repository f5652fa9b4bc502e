package chain

import (
	"strings"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
	"weir/processors/admission"
	"weir/processors/normalize"
)

const forwardKey = dsn.PublicKey("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")

func runForward(t *testing.T, cfg ForwardConfig, in Input, body string) Result {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	e, err := envelope.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	in.Record = &raw.Record{Receipt: raw.ReceiptID{1}, ReceivedAt: start, Key: forwardKey, Project: 42, Items: len(e.Items)}
	in.Envelope, in.Now = e, start
	res := NewForward(cfg).Run(t.Context(), in)
	if n := res.Items; n.Received != n.Accepted+n.Discarded+n.Dead || int(n.Accepted) != len(res.Forward.Items) || len(res.Messages) != 0 {
		t.Errorf("%+v with %d items going on", n, len(res.Forward.Items))
	}
	return res
}

// In proxy mode everything goes on as it came, until the upstream has told a limit.
func TestForwardPasses(t *testing.T) {
	const body = "{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\"}\n{\"type\":\"event\",\"bar\":5}\n{\"message\":\"4111111111111111\"}\n{\"type\":\"zebra\",\"length\":2}\nab\n{\"type\":\"metric_buckets\"}\n[]\n{\"type\":\"form_data\"}\n{}\n"
	res := runForward(t, ForwardConfig{Pass: true}, Input{Status: project.Dummy}, body)
	if !res.Untouched || string(res.Forward.Items[0].Payload) != `{"message":"4111111111111111"}` || len(res.Forward.Items) != 4 {
		t.Errorf("%+v", res.Forward)
	}
	limit := ratelimit.Limit{Scope: ratelimit.ScopeOf(ratelimit.ScopeOrganization, dsn.Scoping{Key: forwardKey}), Categories: []outcome.Category{outcome.Error}, Reason: "r", Expires: start.Add(time.Minute)}
	res = runForward(t, ForwardConfig{Pass: true}, Input{Status: project.Dummy, Limits: []ratelimit.Limit{limit}}, body)
	if res.Untouched || len(res.Forward.Items) != 2 || len(res.Tallies) != 1 || res.Tallies[0].Reason != "r" {
		t.Errorf("%+v %+v", res.Forward, res.Tallies)
	}
}

// A managed relay checks, filters and scrubs, and leaves what only a processing relay does to its upstream.
func TestForwardManaged(t *testing.T) {
	state, err := project.Parse([]byte(`{"projectId":42,"organizationId":1,"publicKeys":[{"publicKey":"` + string(forwardKey) + `"}],"config":{
		"datascrubbingSettings":{"scrubData":true,"scrubDefaults":true},"filterSettings":{"errorMessages":{"patterns":["*boring*"]}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	cfg := ForwardConfig{Normalize: normalize.Config{Forwarding: &normalize.Forwarding{Version: "26.9.0", PublicKey: "me"}}, Admission: admission.ProjectConfig{}}
	in := Input{Status: project.Enabled, State: state, Global: project.DefaultGlobal()}
	res := runForward(t, cfg, in, "{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\"}\n{\"type\":\"event\"}\n{\"message\":\"hi\",\"extra\":{\"password\":\"x\"},\"zebra\":1,\"level\":\"odd\"}\n{\"type\":\"session\"}\n{}\n")
	text := string(res.Forward.Items[0].Payload)
	for _, want := range []string{`"password":"[Filtered]"`, `"zebra":1`, `"ingest_path":[{"version":"26.9.0","public_key":"me"}]`, `"_meta"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	for _, not := range []string{`"_metrics"`, `"errors"`} {
		if strings.Contains(text, not) {
			t.Errorf("%s in %s", not, text)
		}
	}
	if res.Untouched || len(res.Forward.Items) != 2 || string(res.Forward.Items[1].Payload) != "{}" {
		t.Errorf("%+v", res.Forward.Items)
	}
	res = runForward(t, cfg, in, "{}\n{\"type\":\"event\"}\n{\"message\":\"so boring\"}\n{\"type\":\"attachment\",\"length\":1}\nx\n")
	if len(res.Forward.Items) != 0 || res.Tallies[0].ID != outcome.Filtered {
		t.Errorf("%+v %+v", res.Forward, res.Tallies)
	}
	// A crash file has no event yet.
	res = runForward(t, cfg, in, "{}\n{\"type\":\"attachment\",\"attachment_type\":\"event.minidump\",\"length\":4}\nMDMP\n")
	if len(res.Forward.Items) != 1 || res.Forward.Items[0].Type != envelope.TypeAttachment {
		t.Errorf("%+v", res.Forward)
	}
	in.Status, in.State = project.Disabled, nil
	if res = runForward(t, cfg, in, "{}\n{\"type\":\"event\"}\n{}\n"); len(res.Forward.Items) != 0 {
		t.Errorf("%+v", res.Forward)
	}
}

// Records are scrubbed before they leave, and travel in containers: nobody else knows the form of integrations, and spans of version 1 share one.
func TestForwardRecords(t *testing.T) {
	state, err := project.Parse([]byte(`{"projectId":42,"organizationId":1,"publicKeys":[{"publicKey":"` + string(forwardKey) + `"}],"config":{"features":["organizations:ourlogs-ingestion","organizations:tracemetrics-ingestion"],
		"datascrubbingSettings":{"scrubData":true,"scrubDefaults":true}}}`))
	if err != nil {
		t.Fatal(err)
	}
	managed := ForwardConfig{Normalize: normalize.Config{Forwarding: &normalize.Forwarding{Version: "26.9.0", PublicKey: "me"}}}
	enabled := Input{Status: project.Enabled, State: state, Global: project.DefaultGlobal()}
	const logs = "{}\n" + `{"type":"log","item_count":2,"content_type":"application/vnd.sentry.items.log+json"}` + "\n" + `{"version":2,"ingest_settings":{"infer_ip":"auto"},"items":[` +
		`{"timestamp":1790000000,"trace_id":"5b8efff798038103d269b633813fc60c","level":"info","body":"paid","attributes":{"card":{"value":"4111 1111 1111 1111","type":"string"}}},` +
		`{"timestamp":1790000001,"trace_id":"5b8efff798038103d269b633813fc60c","level":"info","body":"sent","attributes":{}}]}` + "\n"
	const nel = "{}\n" + `{"type":"integration","content_type":"` + envelope.IntegrationNEL + `"}` + "\n" +
		`[{"age":1,"body":{"elapsed_time":0,"method":"GET","phase":"connection","protocol":"http/1.1","sampling_fraction":1.0,"server_ip":"192.0.2.1","status_code":0,"type":"tcp.refused"},"type":"network-error","url":"https://shop.example.com/","user_agent":"x"}]` + "\n"
	for _, c := range []struct {
		name, body string
		cfg        ForwardConfig
		in         Input
		count      uint32
		want, not  []string
	}{
		{"logs", logs, managed, enabled, 2, []string{`{"version":2,"items":[{"__header":{"byte_size":`, `"value":"[Filtered]"`, `"_meta":{"attributes":{"card"`}, []string{"4111", "ingest_settings"}},
		{"network errors", nel, managed, enabled, 1, []string{`"nel.type":`, `tcp.refused`}, nil},
		{"network errors of a proxy", nel, ForwardConfig{Pass: true}, Input{Status: project.Dummy}, 1, []string{`"nel.type":`}, nil},
	} {
		res := runForward(t, c.cfg, c.in, c.body)
		if len(res.Forward.Items) != 1 {
			t.Errorf("%s: %+v %+v", c.name, res.Forward.Items, res.Tallies)
			continue
		}
		it := res.Forward.Items[0]
		if it.Type != envelope.TypeLog || it.ContentType != "application/vnd.sentry.items.log+json" || it.ItemCount == nil || *it.ItemCount != c.count || it.Length != len(it.Payload) {
			t.Errorf("%s: %+v", c.name, it)
		}
		for _, w := range c.want {
			if !strings.Contains(string(it.Payload), w) {
				t.Errorf("%s: no %s in %s", c.name, w, it.Payload)
			}
		}
		for _, w := range c.not {
			if strings.Contains(string(it.Payload), w) {
				t.Errorf("%s: %s in %s", c.name, w, it.Payload)
			}
		}
		again, err := envelope.Parse(res.Forward.AppendTo(nil))
		if err != nil || len(again.Items) != 1 {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	// In proxy mode a container goes on as it came.
	if res := runForward(t, ForwardConfig{Pass: true}, Input{Status: project.Dummy}, logs); !res.Untouched || !strings.Contains(string(res.Forward.Items[0].Payload), "4111") {
		t.Errorf("%+v", res.Forward)
	}
}
