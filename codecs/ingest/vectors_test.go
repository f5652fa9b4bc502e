package ingest_test

import (
	"bytes"
	"encoding/hex"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/codecs/casefile"
	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/ingest"
)

// message is one complete example of the contract: key, headers, members and encoded bytes.
type message struct {
	Topic    string            `json:"topic_config_key"`
	Encoding string            `json:"encoding"`
	KeyHex   string            `json:"key_hex"`
	KeyRule  string            `json:"key_rule"`
	Headers  map[string]string `json:"headers"`
	Value    value             `json:"value"`
	Msgpack  string            `json:"value_msgpack_hex"`
}

// value has the members of all messages.
type value struct {
	Type          string        `json:"type"`
	Payload       *text         `json:"payload"`
	StartTime     int64         `json:"start_time"`
	EventID       string        `json:"event_id"`
	ProjectID     dsn.ProjectID `json:"project_id"`
	RemoteAddr    string        `json:"remote_addr"`
	Attachments   []attachment  `json:"attachments"`
	Attachment    attachment    `json:"attachment"`
	ID            string        `json:"id"`
	ChunkIndex    int           `json:"chunk_index"`
	SDK           string        `json:"sdk"`
	RetentionDays uint16        `json:"retention_days"`
	ReplayID      string        `json:"replay_id"`
	KeyID         dsn.KeyID     `json:"key_id"`
	OrgID         dsn.OrgID     `json:"org_id"`
	Organization  dsn.OrgID     `json:"organization_id"`
	Received      int64         `json:"received"`
	ReplayEvent   *text         `json:"replay_event"`
	ReplayVideo   *text         `json:"replay_video"`
}

type attachment struct {
	ID             string
	Name           string
	RateLimited    bool   `json:"rate_limited"`
	ContentType    string `json:"content_type"`
	AttachmentType string `json:"attachment_type"`
	Size           int
	RetentionDays  uint16 `json:"retention_days"`
	Chunks         int
	Data           *text
}

// text is a byte string.
type text struct {
	UTF8 string `json:"$bytes_utf8"`
	Hex  string `json:"$bytes_hex"`
}

func (x *text) bytes() []byte {
	if x == nil {
		return nil
	}
	if b, _ := hex.DecodeString(x.Hex); len(b) > 0 {
		return b
	}
	return []byte(x.UTF8)
}

func loadMessages(t *testing.T, name string) []message {
	t.Helper()
	var file struct {
		Messages []message
	}
	casefile.JSON(t, filepath.Join("testdata", "kafka", name), &file)
	return file.Messages
}

func TestMessages(t *testing.T) {
	files, err := filepath.Glob("testdata/kafka/*.json")
	if err != nil || len(files) != 11 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		name := filepath.Base(f)
		t.Run(name, func(t *testing.T) {
			for i, m := range loadMessages(t, name) {
				want, err := hex.DecodeString(m.Msgpack)
				if err != nil || m.Encoding != "msgpack" {
					t.Fatal(m.Encoding, err)
				}
				if got := encode(t, m.Value); !bytes.Equal(got, want) {
					t.Errorf("message %d:\n%q\nwant\n%q", i, got, want)
				}
				checkKey(t, &m)
			}
		})
	}
}

func id(t *testing.T, s string) envelope.EventID {
	t.Helper()
	id, err := envelope.ParseEventID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (a *attachment) object(t *testing.T) ingest.Attachment {
	return ingest.Attachment{
		ID: [16]byte(id(t, a.ID)), Name: a.Name, RateLimited: a.RateLimited, ContentType: strings.ToUpper(a.ContentType),
		Type: strings.TrimPrefix(a.AttachmentType, envelope.AttachmentPlain), Size: a.Size, RetentionDays: a.RetentionDays,
		Inline: a.Data != nil, Data: a.Data.bytes(), Chunks: a.Chunks,
	}
}

// encode writes the message that the members describe.
func encode(t *testing.T, v value) []byte {
	switch v.Type {
	case "event":
		var list []ingest.Attachment
		for i := range v.Attachments {
			list = append(list, v.Attachments[i].object(t))
		}
		return ingest.AppendEvent(nil, ingest.EventMessage{Payload: v.Payload.bytes(), StartTime: v.StartTime, EventID: id(t, v.EventID), ProjectID: v.ProjectID, RemoteAddr: v.RemoteAddr, Attachments: list})
	case "attachment":
		return ingest.AppendAttachment(nil, ingest.AttachmentMessage{EventID: id(t, v.EventID), ProjectID: v.ProjectID, Attachment: v.Attachment.object(t)})
	case "attachment_chunk":
		return ingest.AppendAttachmentChunk(nil, ingest.AttachmentChunk{Payload: v.Payload.bytes(), EventID: id(t, v.EventID), ProjectID: v.ProjectID, ID: [16]byte(id(t, v.ID)), Index: v.ChunkIndex})
	case "user_report":
		return ingest.AppendUserReport(nil, ingest.UserReport{ProjectID: v.ProjectID, StartTime: v.StartTime, Payload: v.Payload.bytes()})
	case "check_in":
		return ingest.AppendCheckIn(nil, ingest.CheckIn{Payload: v.Payload.bytes(), StartTime: v.StartTime, SDK: v.SDK, ProjectID: v.ProjectID, RetentionDays: v.RetentionDays})
	case "replay_recording_not_chunked":
		return ingest.AppendReplayRecording(nil, ingest.ReplayRecording{ReplayID: id(t, v.ReplayID), KeyID: v.KeyID, OrgID: v.OrgID, ProjectID: v.ProjectID, Received: v.Received, RetentionDays: v.RetentionDays, Payload: v.Payload.bytes(), Event: v.ReplayEvent.bytes(), Video: v.ReplayVideo.bytes()})
	case "profile":
		return ingest.AppendProfile(nil, ingest.Profile{OrgID: v.Organization, ProjectID: v.ProjectID, KeyID: v.KeyID, Received: v.Received, RetentionDays: v.RetentionDays, Payload: v.Payload.bytes()})
	case "profile_chunk":
		return ingest.AppendProfileChunk(nil, ingest.ProfileChunk{OrgID: v.Organization, ProjectID: v.ProjectID, Received: v.Received, RetentionDays: v.RetentionDays, Payload: v.Payload.bytes()})
	}
	t.Fatalf("message of type %q", v.Type)
	return nil
}

// checkKey compares keys that follow from the event id, and headers.
func checkKey(t *testing.T, m *message) {
	t.Helper()
	if m.Value.EventID != "" {
		key := ingest.KeyFromUUID([16]byte(id(t, m.Value.EventID)), 1)
		if hex.EncodeToString(key[:]) != m.KeyHex {
			t.Errorf("key %x, want %s", key, m.KeyHex)
		}
	}
	var headers []ingest.Header
	switch m.Value.Type {
	case "profile":
		headers = ingest.ProfileHeaders(m.Value.ProjectID, true)
	case "profile_chunk":
		headers = ingest.ProjectHeaders(m.Value.ProjectID)
	}
	if len(headers) != len(m.Headers) || !slices.IsSortedFunc(headers, func(a, b ingest.Header) int { return strings.Compare(a.Key, b.Key) }) {
		t.Errorf("headers %v, want %v", headers, m.Headers)
	}
	for _, h := range headers {
		if m.Headers[h.Key] != h.Value {
			t.Errorf("header %v, want %v", h, m.Headers)
		}
	}
}

func TestKeys(t *testing.T) {
	var file struct {
		Cases []struct {
			UUID   string
			OrgID  dsn.OrgID `json:"org_id"`
			KeyHex *string   `json:"key_hex"`
		}
	}
	casefile.JSON(t, "testdata/kafka_key.json", &file)
	for _, c := range file.Cases {
		u := [16]byte(id(t, c.UUID))
		if key := ingest.KeyFromUUID(u, c.OrgID); c.KeyHex != nil && hex.EncodeToString(key[:]) != *c.KeyHex {
			t.Errorf("%s, org %d: %x, want %s", c.UUID, c.OrgID, key, *c.KeyHex)
		}
	}
	if key := ingest.KeyFromCounter(0x01020304); hex.EncodeToString(key[:]) != "00000000000000000000000001020304" {
		t.Errorf("%x", key)
	}
}

func TestShard(t *testing.T) {
	var key [16]byte
	if _, err := hex.Decode(key[:], []byte("9a5b3c1d2e4f40708293a4b5c6d7e8f9")); err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]int{1: 0, 2: 1, 3: 0, 7: 2, 1000003: 569363} {
		if got := ingest.Shard(key, n); got != want {
			t.Errorf("%d: %d, want %d", n, got, want)
		}
	}
}
