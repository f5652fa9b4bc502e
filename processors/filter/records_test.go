package filter

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"weir/codecs/casefile"
	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/session"
	"weir/processors"
)

// recordGroup is an item as it is when filters see it, with what the reference decided about it under several settings.
type recordGroup struct {
	Item  json.RawMessage `json:"item"`
	Cases []recordCase    `json:"cases"`
}

type recordCase struct {
	Name     string          `json:"name"`
	Config   json.RawMessage `json:"config"`
	Field    string          `json:"field"` // instead of Config: the reason tells the type of this field
	ClientIP string          `json:"client_ip"`
	Expected *string         `json:"expected"` // "hit": any reason, for items whose outcomes nobody sees
}

// fieldType names the type of a field by the first generic filter that hits.
const fieldType = `{"generic":{"version":1,"filters":[
	{"id":"null","isEnabled":true,"condition":{"op":"eq","name":%[1]q,"value":null}},
	{"id":"text","isEnabled":true,"condition":{"op":"glob","name":%[1]q,"value":["*"]}},
	{"id":"num","isEnabled":true,"condition":{"op":"or","inner":[{"op":"gte","name":%[1]q,"value":-1e30},{"op":"lt","name":%[1]q,"value":-1e30}]}},
	{"id":"true","isEnabled":true,"condition":{"op":"eq","name":%[1]q,"value":true}},
	{"id":"false","isEnabled":true,"condition":{"op":"eq","name":%[1]q,"value":false}},
	{"id":"id","isEnabled":true,"condition":{"op":"eq","name":%[1]q,"value":"a0eebc999c0b4ef8bb6d6bb9bd380a11"}},
	{"id":"addr","isEnabled":true,"condition":{"op":"cidr","name":%[1]q,"value":["0.0.0.0/0","::/0"]}},
	{"id":"array","isEnabled":true,"condition":{"op":"all","name":%[1]q,"inner":{"op":"and","inner":[]}}},
	{"id":"other","isEnabled":true,"condition":{"op":"and","inner":[]}}]}}`

func TestRecords(t *testing.T) {
	step := Step(Config{})
	for name, kind := range map[string]processors.Kind{
		"span": processors.KindSpans, "log": processors.KindLogs, "trace_metric": processors.KindTraceMetrics, "replay": processors.KindReplay,
		"session": processors.KindSessions, "profile": processors.KindProfileChunk,
	} {
		var groups []recordGroup
		casefile.JSON(t, "testdata/records/"+name+".json", &groups)
		for _, g := range groups {
			for _, c := range g.Cases {
				if c.Field != "" {
					c.Config = []byte(fmt.Sprintf(fieldType, c.Field))
				}
				c.run(t, step, kind, g.Item)
			}
		}
	}
}

func (c *recordCase) run(t *testing.T, step processors.Step, kind processors.Kind, payload []byte) {
	u := &processors.Unit{Kind: kind, Facts: &processors.Facts{Project: state(t, string(c.Config)), Global: project.DefaultGlobal(), Header: &envelope.Header{ForwardedFor: "unknown"}}}
	if c.ClientIP != "" {
		u.Header.ForwardedFor = c.ClientIP + ", 10.0.0.1"
	}
	it := &processors.Item{}
	switch kind {
	case processors.KindSessions:
		s, err := session.Parse([]byte(`{"started":"2026-11-23T05:00:00Z","attrs":`+string(payload)+`}`), false)
		if err != nil {
			t.Fatal(err)
		}
		it.Session = s
	case processors.KindProfileChunk:
		it.Item = envelope.Item{Type: envelope.TypeProfileChunk, Payload: payload}
	default:
		doc, err := event.Parse(payload)
		if err != nil {
			t.Fatal(err)
		}
		defer doc.Release()
		it.Doc, it.Record = doc, doc.Root
	}
	u.Add(it)
	v := step(context.Background(), u)
	got := string(v.Reason) + string(it.Reason)
	switch {
	case c.Expected == nil && got == "" && it.Fate == processors.FateOpen && v == processors.Keep():
	case c.Expected != nil && (*c.Expected == got || *c.Expected == "hit" && got != ""):
	default:
		t.Errorf("%s: %q, want %v", c.Name, got, show(c.Expected))
	}
}

func show(s *string) string {
	if s == nil {
		return "kept"
	}
	return *s
}

// A replay falls as a whole, its recording too; a recording alone is not judged.
func TestReplays(t *testing.T) {
	st := state(t, `{"releases":{"releases":["*"]}}`)
	doc, err := event.Parse([]byte(`{"release":"1"}`))
	if err != nil {
		t.Fatal(err)
	}
	facts := &processors.Facts{Project: st}
	recording := &processors.Item{Item: envelope.Item{Type: envelope.TypeReplayRecording}}
	u := &processors.Unit{Facts: facts, Kind: processors.KindReplay, Items: []*processors.Item{recording}}
	if v := Step(Config{})(context.Background(), u); v != processors.Keep() {
		t.Errorf("recording alone: %+v", v)
	}
	u.Add(&processors.Item{Item: envelope.Item{Type: envelope.TypeReplayEvent}, Record: doc.Root, Doc: doc})
	if v := Step(Config{})(context.Background(), u); v != processors.Drop(outcome.Filtered, ReasonRelease) {
		t.Errorf("%+v", v)
	}
}

// A transaction and its profile are judged apart: what hits the profile leaves the transaction.
func TestProfileOfTransaction(t *testing.T) {
	doc, err := event.Parse([]byte(`{"type":"transaction","release":"good"}`))
	if err != nil {
		t.Fatal(err)
	}
	u := &processors.Unit{Facts: &processors.Facts{Project: state(t, `{"releases":{"releases":["bad"]}}`)}, Kind: processors.KindTransaction, Event: doc}
	main := &processors.Item{Item: envelope.Item{Type: envelope.TypeTransaction}}
	for _, release := range []string{"bad", "good"} {
		u.Items = append(u.Items[:0], main, &processors.Item{Item: envelope.Item{Type: envelope.TypeProfile, Payload: []byte(`{"a":[{}],"release":"` + release + `"}`)}})
		if v := Step(Config{})(context.Background(), u); v != processors.Keep() {
			t.Errorf("%+v", v)
		}
		if it := u.Items[1]; (it.Fate == processors.FateDropped) != (release == "bad") || main.Fate != processors.FateOpen {
			t.Errorf("%s: %+v", release, it)
		}
	}
}
