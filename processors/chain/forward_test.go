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
