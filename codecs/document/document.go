package document

import (
	"embed"
	"encoding/base64"
	"strconv"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/ingest"
	"weir/codecs/jsontext"
)

// Schemas are the JSON Schema files, schema/TYPE.json for each of AllTypes.
//
//go:embed schema
var Schemas embed.FS

// AllTypes lists the types of documents.
var AllTypes = []string{"event", "attachment", "attachment_chunk", "user_report", "check_in", "session_metric", "replay_recording_not_chunked", "profile", "profile_chunk",
	"span", "log", "trace_metric", "trace_attachment", "user_session"}

// Facts are what the envelope of an item said, and what was decided about it.
type Facts struct {
	Receipt    string // id of the envelope's record
	ReceivedAt time.Time
	Scope      dsn.Scoping
	EventID    envelope.EventID // nil: none
	Client     string           // SDK of the request; empty: unknown
	Trail      []Step
}

// Step is one step that an item went through.
type Step struct{ Name, Verdict string }

// Append appends the document of a message. The error says that the message is none of codecs/ingest.
func Append(dst []byte, f *Facts, m *ingest.Message) ([]byte, error) {
	start := len(dst)
	kind, item, err := open(m)
	if err != nil {
		return dst[:start], err
	}
	dst = append(append(append(dst, `{"type":"`...), kind...), `","receipt":"`...)
	dst = append(append(append(dst, f.Receipt...), `","received_at":"`...), f.ReceivedAt.UTC().Format("2006-01-02T15:04:05.000000Z")...)
	dst = number(append(dst, `","organization_id":`...), uint64(f.Scope.Org))
	dst = number(append(dst, `,"project_id":`...), uint64(f.Scope.Project))
	if f.Scope.KeyID != 0 {
		dst = number(append(dst, `,"key_id":`...), uint64(f.Scope.KeyID))
	}
	dst = jsontext.AppendString(append(dst, `,"public_key":`...), string(f.Scope.Key))
	if !f.EventID.IsNil() {
		dst = append(f.EventID.Append(append(dst, `,"event_id":"`...)), '"')
	}
	if f.Client != "" {
		dst = jsontext.AppendString(append(dst, `,"client":`...), f.Client)
	}
	dst = append(dst, `,"trail":[`...)
	for i, s := range f.Trail {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsontext.AppendString(append(dst, `{"step":`...), s.Name)
		dst = append(jsontext.AppendString(append(dst, `,"verdict":`...), s.Verdict), '}')
	}
	return append(append(append(dst, `],"item":`...), item...), '}'), nil
}

func number(dst []byte, n uint64) []byte { return strconv.AppendUint(dst, n, 10) }

// open returns the type of a message and its members as JSON.
func open(m *ingest.Message) (kind string, item []byte, err error) {
	room := make([]byte, 0, len(m.Value)+len(m.Value)/8+128)
	switch m.Topic {
	case ingest.Spans:
		return "span", m.Value, nil
	case ingest.MetricsSessions:
		return "session_metric", m.Value, nil
	case ingest.Items:
		return openTraceItem(room, m.Value)
	}
	u := unpacker{b: m.Value}
	return u.message(room)
}

func appendBase64(dst, b []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), b), '"')
}
