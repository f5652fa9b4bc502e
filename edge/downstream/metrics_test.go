package downstream

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/codecs/signature"
	"weir/edge"
)

// sink is a Writer that takes some keys and refuses others, and a Projects that knows none.
type sink struct {
	mu     sync.Mutex
	refuse map[dsn.PublicKey]bool
	got    map[dsn.PublicKey][]string // payloads
	asked  map[dsn.PublicKey]bool
}

func (s *sink) Write(_ context.Context, r *raw.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse[r.Key] {
		return errors.New("full")
	}
	e, err := envelope.Parse(r.Body)
	if err != nil || !r.Trusted || len(e.Items) != 1 || e.Items[0].Type != envelope.TypeMetricBuckets {
		return errors.New("no envelope of metrics")
	}
	s.got[r.Key] = append(s.got[r.Key], string(e.Items[0].Payload))
	return nil
}

func (s *sink) Lookup(dsn.PublicKey) (*project.State, project.Status) { return nil, project.Pending }

func (s *sink) Request(key dsn.PublicKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[key] = true
}

// The buckets of every key become an envelope; what was written when others were not is not written again with them, and the same metrics count
// again when all were taken.
func TestMetrics(t *testing.T) {
	secret, err := signature.NewSecretKey(bytes.NewReader(bytes.Repeat([]byte{7}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	id, outside := envelope.EventID{1}, envelope.EventID{2}
	s := &sink{refuse: map[dsn.PublicKey]bool{}, got: map[dsn.PublicKey][]string{}, asked: map[dsn.PublicKey]bool{}}
	a := &API{Projects: s, Writer: s, Now: time.Now, Log: slog.New(slog.DiscardHandler), Config: Config{SignatureMaxAge: time.Minute,
		Static: map[envelope.EventID]edge.Relay{id: {Key: secret.Public(), Internal: true}, outside: {Key: secret.Public()}}}}
	send := func(who envelope.EventID, text string) edge.Reply {
		r := httptest.NewRequest("POST", "/api/0/relays/metrics/", strings.NewReader(text))
		r.Header.Set("X-Sentry-Relay-Id", who.Hyphenated())
		r.Header.Set("X-Sentry-Relay-Signature", secret.Sign([]byte(text), time.Now()))
		return a.metrics(&edge.Exchange{R: r, ReceivedAt: time.Now()})
	}
	one, two, three := dsn.PublicKey(strings.Repeat("1", 32)), dsn.PublicKey(strings.Repeat("2", 32)), dsn.PublicKey(strings.Repeat("3", 32))
	body := `{"buckets":{"` + string(three) + `":[{"name":"c"}],"no key":[],"` + string(one) + `":[{"name":"a"}],"` + string(two) + `":[{"name":"b"}]}}`
	s.refuse[two] = true
	if r := send(id, body); r.Status != 503 || len(s.got) != 2 {
		t.Errorf("%d, %v", r.Status, s.got)
	}
	other := strings.Replace(body, `"a"`, `"z"`, 1)
	if r := send(id, other); r.Status != 503 {
		t.Errorf("%d", r.Status)
	}
	delete(s.refuse, two)
	for _, text := range []string{body, other, body} {
		if r := send(id, text); r.Status != 202 {
			t.Errorf("%d %v", r.Status, r.Causes)
		}
	}
	if len(s.got[one]) != 3 || len(s.got[two]) != 3 || len(s.got[three]) != 3 || s.got[one][0] != `[{"name":"a"}]` || len(s.asked) != 3 {
		t.Errorf("%v, asked for %v", s.got, s.asked)
	}
	if r := send(outside, body); r.Status != 403 {
		t.Errorf("an external relay: %d", r.Status)
	}
	for _, text := range []string{"no JSON", `{}`, `{"buckets":{}}`, `[]`} {
		if r := send(id, text); r.Status != 202 {
			t.Errorf("%s: %d", text, r.Status)
		}
	}
	x := &edge.Exchange{R: httptest.NewRequest("POST", "/api/0/relays/metrics/", io.LimitReader(nil, 0)), ReceivedAt: time.Now()}
	if r := a.metrics(x); r.Status != 401 {
		t.Errorf("unsigned: %d", r.Status)
	}
}

// Of metrics that were taken in part only the newest are remembered.
func TestRepeatsBounded(t *testing.T) {
	var r repeats
	key := map[dsn.PublicKey]bool{"k": true}
	at := time.Unix(1000, 0)
	for i := range maxRepeats + 10 {
		r.keep(repeat{sum: [32]byte{byte(i), byte(i >> 8)}}, key, at.Add(time.Duration(i)))
	}
	if len(r.list) != maxRepeats || r.of(repeat{}) != nil || r.of(repeat{sum: [32]byte{11}}) == nil {
		t.Errorf("%d remembered", len(r.list))
	}
	r.keep(repeat{sum: [32]byte{255, 255}}, key, at.Add(time.Hour))
	if len(r.list) != 1 {
		t.Errorf("%d remembered after an hour", len(r.list))
	}
}
