package raw_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/raw"
)

var at = time.Date(2026, 10, 8, 12, 32, 10, 123456000, time.UTC)

func receipt() raw.ReceiptID {
	return raw.NewReceipt(at, [10]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
}

func small() *raw.Record {
	return &raw.Record{Receipt: receipt(), ReceivedAt: at, Key: "e12d836b15bb49d7bbf99e64295d995b", Body: []byte("{}\n")}
}

func full() *raw.Record {
	r := small()
	id, _ := envelope.ParseEventID("9ec79c33ec9942ab8353589fcb2e04dc")
	r.EventID, r.Project, r.Trusted, r.Signature, r.Items = id, 42, true, "sig.head", 3
	r.Sampling = "0123456789abcdef0123456789abcdef"
	r.Discards = []raw.Discard{{ID: outcome.RateLimited, Reason: "get_lost", Category: outcome.Attachment, Quantity: 9}, {ID: outcome.Invalid, Category: outcome.Unknown}}
	r.ParkedAt, r.Replay = at.Add(time.Second), &raw.Replay{ID: "r1"}
	r.Aside = &raw.Aside{Failed: 3, Due: at.Add(2 * time.Second)}
	r.Covers = [16]byte{1, 15: 0xab}
	return r
}

func TestEncode(t *testing.T) {
	key, value, headers := raw.Encode(full())
	if string(key) != "9ec79c33ec9942ab8353589fcb2e04dc" || string(value) != "{}\n" {
		t.Errorf("%s %q", key, value)
	}
	var got []string
	for _, h := range headers {
		got = append(got, h.Key+"="+string(h.Value))
	}
	want := []string{
		"v=1", "receipt=01a11b7f-e98b-7102-8304-05060708090a", "received=1791462730123456", "key=e12d836b15bb49d7bbf99e64295d995b", "sampling=0123456789abcdef0123456789abcdef", "project=42", "items=3",
		`discards=[{"id":2,"reason":"get_lost","category":4,"quantity":9},{"id":3,"category":-1,"quantity":0}]`, "signature=sig.head", "trusted=1", "parked=1791462731123456", "replay=r1", "aside=3 1791462732123456",
		"covers=010000000000000000000000000000ab",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	key, _, headers = raw.Encode(small())
	if string(key) != receipt().String() || len(headers) != 5 {
		t.Errorf("%s %v", key, headers)
	}
}

func TestRoundTrip(t *testing.T) {
	large := full()
	large.Body = nil
	large.Manifest = &raw.Manifest{Partition: 3, Offsets: []int64{7, 8, 11}, Length: 2_000_000, SHA256: strings.Repeat("ab", 32), Head: "{}\n{\"type\":\"attachment\"}"}
	for _, r := range []*raw.Record{small(), full(), large} {
		if got := raw.Decode(raw.Encode(r)); !reflect.DeepEqual(got, r) {
			t.Errorf("%+v\nwant %+v", got, r)
		}
	}
}

func TestDecodeIsTotal(t *testing.T) {
	key, value, headers := raw.Encode(full())
	change := func(name, text string) []raw.Header {
		var list []raw.Header
		for _, h := range headers {
			switch {
			case h.Key != name:
				list = append(list, h)
			case text != "":
				list = append(list, raw.Header{Key: name, Value: []byte(text)})
			}
		}
		return list
	}
	for _, c := range []struct {
		name    string
		headers []raw.Header
		value   []byte
		want    error
	}{
		{"no headers", nil, value, raw.ErrVersion},
		{"no version", change("v", ""), value, raw.ErrVersion},
		{"other version", change("v", "2"), value, raw.ErrVersion},
		{"no receipt", change("receipt", ""), value, raw.ErrReceipt},
		{"bad receipt", change("receipt", "x"), value, raw.ErrReceipt},
		{"urn receipt", change("receipt", "urn:uuid:"+receipt().String()), value, raw.ErrReceipt},
		{"no key", change("key", ""), value, nil},
		{"short key", change("key", "x"), value, nil},
		{"project", change("project", "-1"), value, nil},
		{"items", change("items", "many"), value, nil},
		{"received", change("received", "1.5"), value, nil},
		{"parked", change("parked", "x"), value, nil},
		{"discards", change("discards", "{"), value, nil},
		{"no value", headers, nil, raw.ErrValue},
		{"empty value", headers, []byte{}, raw.ErrValue},
		{"manifest", append(change("", ""), raw.Header{Key: "manifest", Value: []byte("1")}), value, nil},
	} {
		r := raw.Decode(key, c.value, c.headers)
		if r.Err == nil || c.want != nil && !errors.Is(r.Err, c.want) {
			t.Errorf("%s: %v", c.name, r.Err)
		}
		if string(r.Body) != string(c.value) || r.Manifest != nil {
			t.Errorf("%s: body %q", c.name, r.Body)
		}
	}
	if r := raw.Decode([]byte("elsewhere"), value, append(headers, raw.Header{Key: "other"})); r.Err != nil || !r.EventID.IsNil() {
		t.Errorf("%+v", r)
	}
}

func TestReceipt(t *testing.T) {
	r := receipt()
	if s := r.String(); s != "01a11b7f-e98b-7102-8304-05060708090a" {
		t.Error(s)
	}
	if !r.Time().Equal(at.Truncate(time.Millisecond)) {
		t.Error(r.Time())
	}
	for _, text := range []string{r.String(), strings.ReplaceAll(r.String(), "-", ""), strings.ToUpper(r.String())} {
		if got, err := raw.ParseReceipt(text); err != nil || got != r {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	later := raw.NewReceipt(at.Add(time.Millisecond), [10]byte{})
	if later.String() <= r.String() {
		t.Error("receipts are not ordered by time")
	}
}

// Logs name a receipt as `weir trace` takes it.
func TestReceiptInLogs(t *testing.T) {
	var b strings.Builder
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "receipt", receipt())
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "receipt", receipt())
	if !strings.Contains(b.String(), `"receipt":"`+receipt().String()+`"`) || !strings.Contains(b.String(), "receipt="+receipt().String()) {
		t.Error(b.String())
	}
	text, _ := json.Marshal(receipt())
	var back raw.ReceiptID
	if err := json.Unmarshal(text, &back); err != nil || back != receipt() {
		t.Errorf("%s: %v, %v", text, back, err)
	}
}

func TestDerive(t *testing.T) {
	seen := map[[16]byte]bool{}
	for index := range 3 {
		for _, purpose := range []string{"attachment", "trace", ""} {
			id := receipt().Derive(index, purpose)
			if id != receipt().Derive(index, purpose) || seen[id] {
				t.Errorf("%d %s: %x", index, purpose, id)
			}
			seen[id] = true
		}
	}
	// The answer must never change: replays and retries repeat it.
	if got := envelope.EventID(receipt().Derive(1, "attachment")).String(); got != derivedOnce {
		t.Error(got)
	}
}

const derivedOnce = "81dcb4208f77d1d617cb0762b568e915"

func FuzzDecode(f *testing.F) {
	key, value, headers := raw.Encode(full())
	f.Add(key, value, headers[1].Value, headers[2].Value, headers[3].Value, headers[6].Value, headers[9].Value, false)
	f.Add([]byte{}, []byte(`{"partition":1,"offsets":[1],"length":2,"sha256":"x"}`), headers[1].Value, []byte("-5"), headers[3].Value, []byte("[]"), []byte(""), true)
	f.Fuzz(func(t *testing.T, key, value, receipt, received, public, discards, parked []byte, manifest bool) {
		headers := []raw.Header{{Key: "v", Value: []byte("1")}, {Key: "receipt", Value: receipt}, {Key: "received", Value: received}, {Key: "key", Value: public}, {Key: "discards", Value: discards}, {Key: "parked", Value: parked}}
		if manifest {
			headers = append(headers, raw.Header{Key: "manifest", Value: []byte("1")})
		}
		r := raw.Decode(key, value, headers)
		if r.Err != nil {
			return
		}
		again := raw.Decode(raw.Encode(r))
		if len(r.Discards) == 0 {
			r.Discards = nil
		}
		if !reflect.DeepEqual(again, r) {
			t.Fatalf("%+v becomes %+v", r, again)
		}
	})
}

// BenchmarkEncode measures what the edge pays for a record beside copying the envelope.
func BenchmarkEncode(b *testing.B) {
	r := full()
	r.Discards, r.Replay, r.ParkedAt = nil, nil, time.Time{}
	b.ReportAllocs()
	for b.Loop() {
		raw.Encode(r)
	}
}

// BenchmarkDecode measures what the pipeline pays for it.
func BenchmarkDecode(b *testing.B) {
	r := full()
	r.Discards, r.Replay, r.ParkedAt = nil, nil, time.Time{}
	key, value, headers := raw.Encode(r)
	b.ReportAllocs()
	for b.Loop() {
		if raw.Decode(key, value, headers).Err != nil {
			b.Fatal("error")
		}
	}
}
