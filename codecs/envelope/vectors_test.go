package envelope_test

import (
	"errors"
	"strings"
	"testing"

	"weir/codecs/casefile"
	"weir/codecs/dsn"
	"weir/codecs/envelope"
)

// vector is one case of edge-envelope-vectors.json. Characters of body are bytes.
type vector struct {
	Name       string
	Body       string
	BodyRepeat *struct {
		Head, Unit string
		Times      int
	} `json:"body_repeat"`
	OK        bool
	Detail    string
	Cause     *string
	EventID   *string `json:"event_id"`
	ItemCount *int    `json:"item_count"`
	Items     []struct {
		Type   string
		Length int
	}
	SentAtUnix *int64 `json:"sent_at_unix"`
	Unknown    bool
	Request    *struct {
		ProjectID uint64 `json:"project_id"`
		Key       string
		Origin    *string
	}
}

func (v *vector) bytes() []byte {
	if r := v.BodyRepeat; r != nil {
		return []byte(r.Head + strings.Repeat(r.Unit, r.Times))
	}
	var b []byte
	for _, r := range v.Body {
		b = append(b, byte(r))
	}
	return b
}

func loadVectors(t testing.TB) (key string, list []vector) {
	t.Helper()
	var file struct {
		Key     string
		Vectors []vector
	}
	casefile.JSON(t, "testdata/envelope-vectors.json", &file)
	return file.Key, file.Vectors
}

func TestVectors(t *testing.T) {
	key, vectors := loadVectors(t)
	if len(vectors) < 90 {
		t.Fatalf("only %d vectors", len(vectors))
	}
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			req := envelope.Request{DSN: dsn.DSN{Scheme: "https", Host: "up.example", Key: dsn.PublicKey(key), Project: 42}, Version: 7}
			if v.Request != nil {
				req.DSN.Project, req.DSN.Key = dsn.ProjectID(v.Request.ProjectID), dsn.PublicKey(v.Request.Key)
				if v.Request.Origin != nil {
					req.Origin = envelope.RequestOrigin(*v.Request.Origin, "")
				}
			}
			e, err := envelope.ParseRequest(v.bytes(), req)
			if !v.OK {
				checkError(t, &v, e, err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			checkEnvelope(t, &v, e)
		})
	}
}

func checkError(t *testing.T, v *vector, e *envelope.Envelope, err error) {
	if v.Detail == "envelope contains internal items" {
		if err != nil || !e.HasInternal() {
			t.Fatalf("error %v, want an envelope with internal items", err)
		}
		return
	}
	want := envelope.CauseMissingHeader // what the edge turns into `empty request body` for zero bytes
	if v.Cause != nil {
		want = *v.Cause
	}
	var fault *envelope.Error
	if !errors.As(err, &fault) || fault.Cause != want {
		t.Fatalf("error %v, want %s", err, want)
	}
	withDetail := want == envelope.CauseHeader || want == envelope.CauseItemHeader
	if (fault.Detail != "") != withDetail {
		t.Errorf("detail %q", fault.Detail)
	}
}

func checkEnvelope(t *testing.T, v *vector, e *envelope.Envelope) {
	if v.ItemCount != nil {
		if len(e.Items) != *v.ItemCount {
			t.Fatalf("%d items, want %d", len(e.Items), *v.ItemCount)
		}
		return
	}
	if len(e.Items) != len(v.Items) {
		t.Fatalf("%d items, want %d", len(e.Items), len(v.Items))
	}
	for i, want := range v.Items {
		if it := e.Items[i]; it.Type != want.Type || len(it.Payload) != want.Length {
			t.Errorf("item %d: %s of %d bytes, want %s of %d", i, it.Type, len(it.Payload), want.Type, want.Length)
		}
	}
	if len(e.Items) == 1 && e.Items[0].Unknown != v.Unknown {
		t.Errorf("unknown %v, want %v", e.Items[0].Unknown, v.Unknown)
	}
	switch {
	case v.EventID == nil:
		if !e.Header.EventID.IsNil() || e.CreatesEvent() {
			t.Errorf("event id %s, creates event %v, want neither", e.Header.EventID, e.CreatesEvent())
		}
	case *v.EventID == "random v4":
		if !e.Header.EventID.IsNil() || !e.CreatesEvent() {
			t.Errorf("event id %s, creates event %v, want none and true", e.Header.EventID, e.CreatesEvent())
		}
	case e.Header.EventID.String() != *v.EventID:
		t.Errorf("event id %s, want %s", e.Header.EventID, *v.EventID)
	}
	if v.SentAtUnix != nil && e.Header.SentAt.Unix() != *v.SentAtUnix {
		t.Errorf("sent_at %v, want %d", e.Header.SentAt, *v.SentAtUnix)
	}
}
