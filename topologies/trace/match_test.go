package trace

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"weir/codecs/casefile"
	"weir/codecs/deadletter"
	"weir/codecs/envelope"
	"weir/codecs/raw"
	"weir/topologies/rawrecord"

	"github.com/twmb/franz-go/pkg/kgo"
)

var noon = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

const (
	testKey     = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	testID      = "0102030405060708090a0b0c0d0e0f10"
	testReceipt = "01020304-0506-7708-890a-0b0c0d0e0f11"
)

func id(t testing.TB, text string) envelope.EventID {
	t.Helper()
	id, err := envelope.ParseEventID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// record makes a raw record with the test's receipt.
func record(t testing.TB, eventID, body string) *kgo.Record {
	t.Helper()
	rec := raw.Record{Receipt: raw.ReceiptID(id(t, testReceipt)), ReceivedAt: noon, Key: testKey, Items: 1, Body: []byte(body)}
	if eventID != "" {
		rec.EventID = id(t, eventID)
	}
	return encoded(&rec)
}

func encoded(rec *raw.Record) *kgo.Record {
	out := rawrecord.Encode("t-raw", rec)
	return &out
}

// The cases of testdata: a raw record has an id, or only mentions it; the same in a dead letter.
func TestMatch(t *testing.T) {
	var cases []struct {
		Name, ID, Envelope, Want string
		EventID                  string `json:"event_id"`
		Manifest                 bool
	}
	casefile.JSON(t, "testdata/match.json", &cases)
	for _, c := range cases {
		r := record(t, c.EventID, c.Envelope)
		if c.Manifest {
			rec := raw.Record{Receipt: raw.ReceiptID(id(t, testReceipt)), EventID: id(t, c.EventID), ReceivedAt: noon, Key: testKey,
				Manifest: &raw.Manifest{Length: 5, Offsets: []int64{1}, SHA256: strings.Repeat("00", 32)}}
			r = encoded(&rec)
		}
		m := newMatcher(id(t, cmp.Or(c.ID, testID)))
		if got, ok := m.byContent(r); got != c.Want || ok != (c.Want != "") {
			t.Errorf("%s: %q, want %q", c.Name, got, c.Want)
		}
		l := deadletter.Letter{Receipt: raw.ReceiptID(id(t, testReceipt)), Unit: -1, Topic: "t-raw", Key: r.Key, Value: r.Value, Headers: rawrecord.Headers(r)}
		key, value := deadletter.Encode(&l)
		if _, got, ok := m.letter(&kgo.Record{Key: key, Value: value}); got != c.Want || ok != (c.Want != "") {
			t.Errorf("%s, dead: %q, want %q", c.Name, got, c.Want)
		}
	}
	made := envelope.NewEventID(raw.ReceiptID(id(t, testReceipt)).Derive(0, "event_id"))
	if how, ok := newMatcher(made).byKey(record(t, "", "{}\n{\"type\":\"event\"}\n{}\n")); !ok || how != ByMadeUpID {
		t.Errorf("an id that weir gave: %q", how)
	}
}

// Whatever a record holds, looking at it does not fail.
func FuzzMatch(f *testing.F) {
	f.Add([]byte("{}\n{\"type\":\"event\"}\n{\"event_id\":\""+testID+"\"}\n"), []byte(testID), true)
	f.Add([]byte(testID), []byte(nil), false)
	m := newMatcher(id(f, testID))
	f.Fuzz(func(t *testing.T, value, key []byte, headers bool) {
		r := &kgo.Record{Key: key, Value: value}
		if headers {
			r.Headers = record(t, "", "x").Headers
		}
		m.byContent(r)
		m.letter(r)
	})
}

func TestWindows(t *testing.T) {
	for _, c := range []struct {
		back time.Duration
		want int
	}{{time.Minute, 1}, {10 * time.Minute, 1}, {time.Hour, 2}, {24 * time.Hour, 4}, {240 * time.Hour, 5}} {
		list := windows(noon.Add(-c.back), noon)
		if len(list) != c.want || !list[0][1].Equal(noon) || !list[len(list)-1][0].Equal(noon.Add(-c.back)) {
			t.Errorf("%s: %v", c.back, list)
		}
		for i := range list[1:] {
			if !list[i][0].Equal(list[i+1][1]) {
				t.Errorf("%s: a gap: %v", c.back, list)
			}
		}
	}
	if list := windows(time.Time{}, noon); len(list) != 5 || !list[4][0].IsZero() {
		t.Errorf("since ever: %v", list)
	}
}
