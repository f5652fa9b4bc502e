package route

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"testing"
	"time"

	"weir/codecs/casefile"
	"weir/codecs/checkin"
	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/ingest"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/processors"
)

// message is one of the example messages of the contract.
type message struct {
	Topic   string `json:"topic_config_key"`
	Key     string `json:"key_hex"`
	Headers map[string]string
	Value   map[string]any
	Hex     string `json:"value_msgpack_hex"`
	JSON    string `json:"value_json"`
}

type vector struct {
	Context struct {
		ReceivedAt time.Time `json:"received_at"`
	}
	Messages []message
	Cases    []struct {
		Title    string
		ItemType string `json:"input_item_type"`
		Input    json.RawMessage
		Version  uint16 `json:"sessionMetrics_version"`
		Messages []message
	}
}

func load(t *testing.T, name string) vector {
	t.Helper()
	var v vector
	casefile.JSON(t, "testdata/"+name+".json", &v)
	return v
}

// text returns a byte string of a vector's value.
func text(t *testing.T, v any) []byte {
	t.Helper()
	m, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("%v is no byte string", v)
	}
	if s, ok := m["$bytes_utf8"].(string); ok {
		return []byte(s)
	}
	s, _ := m["$bytes_hex"].(string)
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// unit is a unit in the context of the vectors, with the event id and payload of the given message.
func unit(t *testing.T, v vector, kind processors.Kind, id string, payload []byte) *processors.Unit {
	t.Helper()
	eventID, err := envelope.ParseEventID(id)
	if err != nil {
		t.Fatal(err)
	}
	st := &project.State{Org: 1, Project: 42, HasProject: true, Keys: []project.Key{{Numeric: 123}}}
	u := &processors.Unit{
		Kind: kind, EventID: eventID, EventCategory: outcome.Unknown,
		Facts: &processors.Facts{
			Receipt: raw.ReceiptID{1}, ReceivedAt: v.Context.ReceivedAt, Now: v.Context.ReceivedAt, Project: st, Scope: st.Scoping("k", 0),
			Header: &envelope.Header{Client: "sentry.python/2.75.0", RemoteAddr: "198.51.100.7"},
		},
	}
	if payload != nil {
		doc, err := event.Parse(payload)
		if err != nil {
			t.Fatal(err)
		}
		u.Event = doc
		u.Main = add(u, envelope.Item{Type: envelope.TypeEvent})
	}
	return u
}

func add(u *processors.Unit, it envelope.Item) *processors.Item {
	i := &processors.Item{Item: it, Index: len(u.Items)}
	u.Add(i)
	return i
}

func file(name, contentType, kind string, payload []byte) envelope.Item {
	return envelope.Item{Type: envelope.TypeAttachment, Filename: name, ContentType: contentType, AttachmentType: kind, Payload: payload}
}

// ids are the random ids of attachments, hyphenated and as msgpack text.
var ids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

// compare holds that the messages have the exact bytes of the contract, but for random ids and counted keys.
func compare(t *testing.T, u *processors.Unit, want []message) {
	t.Helper()
	if len(u.Out) != len(want) {
		t.Fatalf("%d messages, want %d", len(u.Out), len(want))
	}
	for i, w := range want {
		got := u.Out[i]
		if got.Topic.Key() != w.Topic {
			t.Errorf("message %d goes to %s, want %s", i, got.Topic.Key(), w.Topic)
		}
		if key := hex.EncodeToString(got.Key[:]); key != w.Key && got.Topic != ingest.MetricsSessions {
			t.Errorf("message %d has key %s, want %s", i, key, w.Key)
		}
		headers := map[string]string{}
		for _, h := range got.Headers {
			headers[h.Key] = h.Value
		}
		if len(headers) != len(w.Headers) || len(headers) > 0 && headers["namespace"] != w.Headers["namespace"] {
			t.Errorf("message %d has headers %v, want %v", i, headers, w.Headers)
		}
		value := []byte(w.JSON)
		if w.Hex != "" {
			var err error
			if value, err = hex.DecodeString(w.Hex); err != nil {
				t.Fatal(err)
			}
		}
		if a, b := ids.ReplaceAll(got.Value, []byte("<id>")), ids.ReplaceAll(value, []byte("<id>")); !bytes.Equal(a, b) {
			t.Errorf("message %d\n got %q\nwant %q", i, a, b)
		}
	}
	for _, it := range u.Items {
		if it.Fate != processors.FateAccepted {
			t.Errorf("item %d (%s) ended as %d %s", it.Index, it.Type, it.Fate, it.Reason)
		}
	}
}

func route(t *testing.T, u *processors.Unit, chunk int) {
	t.Helper()
	if v := Step(Config{AttachmentChunkSize: chunk})(t.Context(), u); v.Action != processors.ActionKeep {
		t.Fatalf("verdict %+v", v)
	}
}

const eventID = "9a5b3c1d2e4f40718293a4b5c6d7e8f9"

func TestStandaloneAttachments(t *testing.T) {
	v := load(t, "attachments_standalone")
	u := unit(t, v, processors.KindAttachments, eventID, nil)
	add(u, file("bar.txt", "", "", []byte("hell yeah")))
	add(u, file("foo.txt", "", "", []byte("0123456789abcdef0123456789abcdef")))
	add(u, file("foobar.txt", "", "", nil))
	route(t, u, 20)
	compare(t, u, v.Messages)
}

func TestEventWithAttachments(t *testing.T) {
	v := load(t, "event_with_attachments")
	last := v.Messages[len(v.Messages)-1]
	u := unit(t, v, processors.KindError, eventID, text(t, last.Value["payload"]))
	add(u, file("log.bin", "application/octet-stream", "", []byte("0123456789abcdef0123456789abcdef")))
	add(u, file("a.txt", "Text/Plain", "", []byte("hello")))
	add(u, file("", "", "", nil))
	add(u, envelope.Item{Type: envelope.TypeUserReport, Payload: text(t, v.Messages[3].Value["payload"])})
	route(t, u, 20)
	compare(t, u, v.Messages)
}

func TestIndividualAttachments(t *testing.T) {
	for _, c := range []struct {
		name string
		kind processors.Kind
		file envelope.Item
	}{
		{"feedback", processors.KindError, file("screenshot.png", "application/png", "", []byte("Fake PNG bytes!"))},
		{"transaction", processors.KindTransaction, file("trace.log", "text/plain", "", []byte("foobar"))},
	} {
		v := load(t, c.name)
		id, _ := v.Messages[0].Value["event_id"].(string)
		u := unit(t, v, c.kind, id, text(t, v.Messages[1].Value["payload"]))
		add(u, c.file)
		route(t, u, 0)
		compare(t, u, v.Messages)
	}
}

func TestMinidump(t *testing.T) {
	v := load(t, "minidump")
	for i, limited := range []bool{false, true} {
		want := v.Messages[2*i : 2*i+2]
		id, _ := want[0].Value["event_id"].(string)
		u := unit(t, v, processors.KindError, id, text(t, want[1].Value["payload"]))
		u.Items = nil
		dump := file("minidump.dmp", "application/x-dmp", envelope.AttachmentMinidump, text(t, want[0].Value["payload"]))
		dump.RateLimited = limited
		u.Main = add(u, dump)
		route(t, u, 0)
		compare(t, u, want)
	}
}

func TestSimpleMessages(t *testing.T) {
	v := load(t, "security")
	id, _ := v.Messages[0].Value["event_id"].(string)
	u := unit(t, v, processors.KindError, id, text(t, v.Messages[0].Value["payload"]))
	route(t, u, 0)
	compare(t, u, v.Messages)

	v = load(t, "user_report")
	u = unit(t, v, processors.KindUserReports, "4cec9f3e1f214073b816e0f4de5f59b1", nil)
	add(u, envelope.Item{Type: envelope.TypeUserReport, Payload: text(t, v.Messages[0].Value["payload"])})
	route(t, u, 0)
	compare(t, u, v.Messages)
}

func TestCheckIns(t *testing.T) {
	v := load(t, "check_in")
	for _, m := range v.Messages {
		u := unit(t, v, processors.KindCheckIn, eventID, nil)
		u.Header.Client, _ = m.Value["sdk"].(string)
		c, err := checkin.Parse(text(t, m.Value["payload"]))
		if err != nil {
			t.Fatal(err)
		}
		u.CheckIn = c
		add(u, envelope.Item{Type: envelope.TypeCheckIn, Payload: c.AppendTo(nil)})
		route(t, u, 0)
		compare(t, u, []message{m})
	}
}

// TestTooLarge holds that what its topic does not take ends as an outcome.
func TestTooLarge(t *testing.T) {
	v := load(t, "security")
	u := unit(t, v, processors.KindError, eventID, []byte(`{"type":"error","message":"`+string(bytes.Repeat([]byte("x"), 20000))+`"}`))
	verdict := Step(Config{MaxMessage: map[ingest.Topic]int{ingest.Events: 10000}})(t.Context(), u)
	if verdict.Action != processors.ActionDrop || verdict.Reason != reasonInternal || len(u.Out) > 0 {
		t.Errorf("verdict %+v with %d messages", verdict, len(u.Out))
	}
	u = unit(t, v, processors.KindAttachments, eventID, nil)
	add(u, file("a", "", "", make([]byte, 30000)))
	if Step(Config{MaxMessage: map[ingest.Topic]int{ingest.Attachments: 10000}})(t.Context(), u); len(u.Out) != 7 || u.Items[0].Fate != processors.FateAccepted {
		t.Errorf("%d messages of an attachment of 30000 bytes, %+v", len(u.Out), u.Items[0].Fate)
	}
}

func TestNothingStaysOpen(t *testing.T) {
	for _, k := range processors.AllKinds {
		u := unit(t, vector{}, k, eventID, nil)
		add(u, envelope.Item{Type: envelope.TypeLog})
		verdict := Step(Config{})(t.Context(), u)
		if u.Items[0].Fate == processors.FateOpen && verdict.Action != processors.ActionDrop {
			t.Errorf("%s: an item is open", k)
		}
	}
}
