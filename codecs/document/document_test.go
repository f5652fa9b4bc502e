package document

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"weir/codecs/ingest"
)

var facts = Facts{Receipt: "r", ReceivedAt: time.Unix(1700000000, 5000), Client: "sdk/1", Trail: []Step{{"admission", "keep"}}}

func TestAppend(t *testing.T) {
	f := facts
	f.Scope.Org, f.Scope.Project, f.Scope.KeyID, f.Scope.Key, f.EventID[0] = 1, 42, 7, "k", 0xAB
	const head = `","receipt":"r","received_at":"2023-11-14T22:13:20.000005Z","organization_id":1,"project_id":42,"key_id":7,"public_key":"k","event_id":"ab000000000000000000000000000000","client":"sdk/1","trail":[{"step":"admission","verdict":"keep"}],"item":`
	for _, c := range []struct {
		m    ingest.Message
		want string
	}{
		{ingest.Message{Topic: ingest.Attachments, Value: ingest.AppendUserReport(nil, ingest.UserReport{ProjectID: 42, StartTime: 300, Payload: []byte(`{"a":1}`)})},
			`{"type":"user_report` + head + `{"project_id":42,"start_time":300,"payload":{"a":1}}}`},
		{ingest.Message{Topic: ingest.Attachments, Value: ingest.AppendAttachmentChunk(nil, ingest.AttachmentChunk{Payload: []byte(`{"a":1}`), Index: 70000})},
			`{"type":"attachment_chunk` + head + `{"payload":"eyJhIjoxfQ==","event_id":"00000000000000000000000000000000","project_id":0,"id":"00000000-0000-0000-0000-000000000000","chunk_index":70000}}`},
		{ingest.Message{Topic: ingest.Profiles, Value: ingest.AppendProfile(nil, ingest.Profile{Payload: []byte("broken"), Received: -5})},
			`{"type":"profile` + head + `{"organization_id":0,"project_id":0,"key_id":null,"received":-5,"retention_days":0,"payload":"YnJva2Vu"}}`},
		{ingest.Message{Topic: ingest.Spans, Value: []byte(`{"span_id":"a"}`)}, `{"type":"span` + head + `{"span_id":"a"}}`},
		{ingest.Message{Topic: ingest.Items, Value: []byte("\x1a\x02ab\x22\x02cd\x28\x03\x32\x04\x08\x05\x10\x07\x3a\x0a\x0a\x01k\x12\x05\x0a\x03val\x3a\x07\x0a\x01n\x12\x02\x18\x02\xa0\x06\x5a")},
			`{"type":"log` + head + `{"trace_id":"ab","item_id":"Y2Q=","timestamp":5000000007,"retention_days":90,"attributes":{"k":"val","n":2}}}`},
	} {
		got, err := Append(nil, &f, &c.m)
		if err != nil || string(got) != c.want {
			t.Errorf("%v\n got %s\nwant %s", err, got, c.want)
		}
	}
	for _, broken := range []string{"", "\x81\xA4type", "\x82\xA4type\xA1x", "\x91\x01", "\x81\xA4type\xA1x\x00"} {
		if got, err := Append([]byte("x"), &f, &ingest.Message{Topic: ingest.Events, Value: []byte(broken)}); !errors.Is(err, ErrMessage) || string(got) != "x" {
			t.Errorf("%q: %q %v", broken, got, err)
		}
	}
}

func FuzzAppend(f *testing.F) {
	f.Add(uint8(ingest.Attachments), ingest.AppendUserReport(nil, ingest.UserReport{Payload: []byte(`{}`)}))
	f.Add(uint8(ingest.ReplayRecordings), ingest.AppendReplayRecording(nil, ingest.ReplayRecording{Payload: []byte("x"), Event: []byte("{}")}))
	f.Add(uint8(ingest.Items), []byte("\x1a\x02ab\x28\x03\x3a\x0a\x0a\x01k\x12\x05\x0a\x03val"))
	f.Fuzz(func(t *testing.T, topic uint8, b []byte) {
		m := ingest.Message{Topic: ingest.Topic(topic % uint8(len(ingest.AllTopics))), Value: b}
		if m.Topic == ingest.Spans || m.Topic == ingest.MetricsSessions {
			return // JSON already
		}
		got, err := Append(nil, &facts, &m)
		if err == nil && !json.Valid(got) {
			t.Fatalf("no JSON: %s", got)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	payload := append(append([]byte(`{"a":"`), make([]byte, 8<<10)...), `"}`...)
	for i := range payload {
		if payload[i] == 0 {
			payload[i] = 'x'
		}
	}
	m := ingest.Message{Topic: ingest.Events, Value: ingest.AppendEvent(nil, ingest.EventMessage{Payload: payload})}
	b.ReportAllocs()
	b.SetBytes(int64(len(m.Value)))
	for b.Loop() {
		if _, err := Append(nil, &facts, &m); err != nil {
			b.Fatal(err)
		}
	}
}
