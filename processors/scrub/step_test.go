package scrub

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/project"
	"weir/processors"
	"weir/processors/scrub/selector"
)

func unit(t *testing.T, config project.Config, payload string) *processors.Unit {
	t.Helper()
	doc, err := event.Parse([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return &processors.Unit{Facts: &processors.Facts{Project: &project.State{Config: config}}, Event: doc}
}

func TestStep(t *testing.T) {
	step := Step(Config{})
	u := unit(t, project.Config{
		PII:       json.RawMessage(`{"applications":{"extra.mail":["@email:mask"]}}`),
		Scrubbing: defaults,
	}, `{"extra":{"mail":"to a@b.org","password":"x"}}`)
	if v := step(context.Background(), u); v != processors.Keep() {
		t.Fatalf("verdict %+v", v)
	}
	want := `{"extra":{"mail":"to *******","password":"[Filtered]"},"_meta":{"extra":` +
		`{"mail":{"":{"rem":[["@email:mask","m",3,10]],"len":10}},"password":{"":{"rem":[["@password:filter","s",0,10]],"len":1}}}}}`
	if got := string(u.Event.AppendTo(nil)); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if first, again := For(u.Project), For(u.Project); first != again {
		t.Error("compiled twice")
	}
}

func TestStepWithoutWork(t *testing.T) {
	step := Step(Config{})
	for _, u := range []*processors.Unit{
		{Facts: &processors.Facts{Project: &project.State{}}},
		{Facts: &processors.Facts{}, Event: event.New()},
	} {
		if v := step(context.Background(), u); v != processors.Keep() {
			t.Errorf("verdict %+v", v)
		}
	}
}

// An event must never pass unscrubbed because its rules cannot be read.
func TestStepWithUnreadableConfig(t *testing.T) {
	u := unit(t, project.Config{PII: json.RawMessage(`{"applications":{"*":["@ip"]}}`)}, `{"extra":{"a":"1.2.3.4"}}`)
	if v := Step(Config{})(context.Background(), u); v.Action != processors.ActionDead || v.Reason != ReasonConfig {
		t.Errorf("verdict %+v", v)
	}
	if err := Check(u.Project); !errors.Is(err, ErrConfig) || !errors.Is(err, selector.ErrWildcard) {
		t.Errorf("check says %v", err)
	}
}

func TestBrokenPatternDoesNothing(t *testing.T) {
	c, err := Compile(json.RawMessage(`{"rules":{"r":{"type":"pattern","pattern":"("}},"applications":{"$string":["r","@ip"]}}`), project.Scrubbing{})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Broken()) != 1 || !strings.Contains(c.Broken()[0].Error(), `"r"`) {
		t.Errorf("broken: %v", c.Broken())
	}
	u := unit(t, project.Config{}, `{"extra":{"a":"( 1.2.3.4"}}`)
	c.Event(u.Event)
	if got, _ := u.Event.Root.At("extra", "a").Str(); got != "( [ip]" {
		t.Errorf("got %q", got)
	}
	if err := Validate(json.RawMessage(`null`)); !errors.Is(err, ErrConfig) {
		t.Errorf("null is a config for validation: %v", err)
	}
}

func TestSensitiveFieldsIgnoreCase(t *testing.T) {
	for _, field := range []string{"Customer.No", "kündigung"} {
		c, err := Compile(nil, project.Scrubbing{ScrubData: true, SensitiveFields: []string{" ", field}})
		if err != nil {
			t.Fatal(err)
		}
		u := unit(t, project.Config{}, `{"extra":{"my `+strings.ToUpper(field)+`":"x","a":"`+strings.ToLower(field)+`: 7","b":"customerxno"}}`)
		c.Event(u.Event)
		want := `{"my ` + strings.ToUpper(field) + `":"[Filtered]","a":"[Filtered]","b":"customerxno"}`
		if got := string(u.Event.Root.Get("extra").AppendTo(nil)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestConstantSelectorsParse(t *testing.T) {
	for _, s := range []string{knownIPFields, mainTypes, mainExcluded} {
		if got := mustParse(s).String(); got != s {
			t.Errorf("%s is read as %s", s, got)
		}
	}
	for id, r := range builtinRules() {
		if r.kind == kindAnything && !strings.HasPrefix(id, "@anything") {
			t.Errorf("builtin %s has no type", id)
		}
		for _, inner := range r.rules {
			if builtinRules()[inner] == nil && inner != "@userpath:filter" {
				t.Errorf("builtin %s names %s", id, inner)
			}
		}
	}
}

func TestStepScrubsAttachments(t *testing.T) {
	attachment := func(kind, name, payload string) *processors.Item {
		return &processors.Item{Item: envelope.Item{
			Type: envelope.TypeAttachment, AttachmentType: kind, Filename: name, HasFilename: name != "", Payload: []byte(payload), Length: -1,
		}}
	}
	plain, other := attachment("", "a.txt", "ip 1.2.3.4"), attachment("", "b.txt", "ip 1.2.3.4")
	view, dump := attachment(envelope.AttachmentView, "v", `{ "a":"1.2.3.4" }`), attachment(envelope.AttachmentMinidump, "", "MDMP 1.2.3.4")
	ref, gone := attachment("", "a.txt", "1.2.3.4"), attachment("", "a.txt", "1.2.3.4")
	ref.ContentType, gone.Fate = "application/vnd.sentry.attachment-ref+json", processors.FateDropped
	u := unit(t, project.Config{
		PII:      json.RawMessage(`{"applications":{"$attachments.'a.txt' || $string":["@ip"],"$attachments.'A.txt'":["@email"],"$binary && !$attachments.'b.txt'":["@ip"]}}`),
		Features: map[project.Feature]bool{project.FeatureViewHierarchyScrubbing: true},
	}, `{}`)
	u.Kind, u.Items = processors.KindError, []*processors.Item{plain, other, view, dump, ref, gone}
	if v := Step(Config{})(context.Background(), u); v != processors.Keep() {
		t.Fatalf("verdict %+v", v)
	}
	for _, c := range []struct {
		it            *processors.Item
		payload, kind string
	}{
		{plain, "ip [ip]***", ""},
		{other, "ip 1.2.3.4", ""},
		{view, `{"a":"[ip]"}`, "application/json"},
		{dump, "MDMP [ip]***", "application/x-dmp"},
		{ref, "1.2.3.4", ref.ContentType},
		{gone, "1.2.3.4", ""},
	} {
		if string(c.it.Payload) != c.payload || c.it.ContentType != c.kind {
			t.Errorf("got %q (%s), want %q (%s)", c.it.Payload, c.it.ContentType, c.payload, c.kind)
		}
	}
	plain.Payload = []byte("1.2.3.4")
	u = unit(t, project.Config{Scrubbing: defaults}, `{}`)
	u.Kind, u.Items = processors.KindAttachments, []*processors.Item{plain}
	if Step(Config{})(context.Background(), u); string(plain.Payload) != "1.2.3.4" {
		t.Error("settings reach attachments")
	}
}
