package downstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/codecs/casefile"
	"weir/codecs/envelope"
	"weir/codecs/signature"
	"weir/edge"
)

type handshake struct {
	Handshake struct {
		Secret        string `json:"upstream_secret"`
		ChallengeBody string `json:"challenge_request_body"`
		ChallengeSig  string `json:"challenge_request_signature"`
		State         string `json:"token_state_json"`
		Token         string
		ResponseBody  string `json:"response_request_body"`
		ResponseSig   string `json:"response_request_signature"`
	}
}

var handshakeTime = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

func vectors(t *testing.T) (v handshake) {
	casefile.JSON(t, "testdata/edge-auth-vectors.json", &v)
	return v
}

func TestToken(t *testing.T) {
	v := vectors(t).Handshake
	var s tokenState
	if err := json.Unmarshal([]byte(v.State), &s); err != nil {
		t.Fatal(err)
	}
	if got, err := s.text([]byte(v.Secret)); err != nil || got != v.Token {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := openToken(v.Token, []byte(v.Secret), handshakeTime, time.Minute); err != nil || got != s {
		t.Errorf("%+v %v", got, err)
	}
	state, _, _ := strings.Cut(v.Token, ":")
	for name, c := range map[string]struct {
		token, secret string
		after         time.Duration
		want          error
	}{
		"other secret": {v.Token, "x", 0, ErrTokenSignature},
		"altered":      {"f" + v.Token[1:], v.Secret, 0, ErrTokenSignature},
		"no mac":       {state, v.Secret, 0, ErrTokenSignature},
		"bad mac":      {state + ":!!", v.Secret, 0, ErrTokenEncoding},
		"expired":      {v.Token, v.Secret, time.Minute + time.Second, ErrTokenExpired},
	} {
		if _, err := openToken(c.token, []byte(c.secret), handshakeTime.Add(c.after), time.Minute); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// exchange posts a signed body as the relay of the vectors.
func exchange(body, sig string) *edge.Exchange {
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("X-Sentry-Relay-Signature", sig)
	return &edge.Exchange{R: r, ReceivedAt: handshakeTime}
}

func TestHandshake(t *testing.T) {
	v := vectors(t).Handshake
	key, err := signature.ParsePublicKey("A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg")
	if err != nil {
		t.Fatal(err)
	}
	id, err := envelope.ParseEventID("8f7dc1a5-3a3c-4c2b-9d7e-0d7a3a1b2c3d")
	if err != nil {
		t.Fatal(err)
	}
	a := &API{Config: Config{Secret: []byte(v.Secret), Static: map[envelope.EventID]edge.Relay{id: {Key: key}}}}
	answer := a.challenge(exchange(v.ChallengeBody, v.ChallengeSig))
	var got struct {
		RelayID string `json:"relay_id"`
		Token   string
	}
	if err := json.Unmarshal(answer.Body, &got); err != nil || answer.Status != 200 || got.RelayID != id.Hyphenated() {
		t.Fatalf("%d %s %v", answer.Status, answer.Detail, err)
	}
	if _, err := openToken(got.Token, []byte(v.Secret), handshakeTime, time.Minute); err != nil {
		t.Error(err)
	}
	if r := a.response(exchange(v.ResponseBody, v.ResponseSig)); r.Status != 200 || string(r.Body) != `{"relay_id":"`+id.Hyphenated()+`"}` {
		t.Errorf("%d %s %s", r.Status, r.Detail, r.Body)
	}

	secret, err := signature.ParseSecretKey("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
	if err != nil {
		t.Fatal(err)
	}
	other, err := signature.NewSecretKey(bytes.NewReader(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	sign := func(k signature.SecretKey, body string) *edge.Exchange {
		return exchange(body, k.Sign([]byte(body), handshakeTime))
	}
	swapped := strings.Replace(v.ResponseBody, id.Hyphenated(), "11111111-1111-4111-8111-111111111111", 1)
	for name, c := range map[string]struct {
		x      *edge.Exchange
		handle edge.Handler
		status int
	}{
		"challenge by another key":  {sign(other, v.ChallengeBody), a.challenge, 401},
		"challenge not JSON":        {sign(secret, "x"), a.challenge, 400},
		"challenge, bad version":    {sign(secret, strings.Replace(v.ChallengeBody, "26.10.0", "x", 1)), a.challenge, 400},
		"relay not listed":          {sign(other, strings.Replace(v.ChallengeBody, key.String(), other.Public().String(), 1)), a.challenge, 403},
		"response by another key":   {sign(other, v.ResponseBody), a.response, 401},
		"response, other relay id":  {sign(secret, swapped), a.response, 401},
		"response without token":    {sign(secret, `{"relay_id":"`+id.Hyphenated()+`"}`), a.response, 401},
		"response without version":  {sign(secret, strings.Replace(v.ResponseBody, `,"version":"26.10.0"`, "", 1)), a.response, 200},
		"too large":                 {sign(secret, strings.Repeat(" ", maxBody+1)), a.response, 413},
		"without signature header":  {&edge.Exchange{R: httptest.NewRequest("POST", "/", strings.NewReader(v.ChallengeBody)), ReceivedAt: handshakeTime}, a.challenge, 401},
		"signature of another body": {exchange(v.ChallengeBody+" ", v.ChallengeSig), a.challenge, 401},
	} {
		if r := c.handle(c.x); r.Status != c.status {
			t.Errorf("%s: %d %s %v, want %d", name, r.Status, r.Detail, r.Causes, c.status)
		}
	}
}

func TestCache(t *testing.T) {
	now := time.Unix(1000, 0)
	var mu sync.Mutex
	var questions atomic.Int32
	known := map[envelope.EventID]edge.Relay{{1}: {Internal: true}}
	failing := false
	c := NewCache(CacheConfig{HitExpiry: time.Hour, MissExpiry: time.Minute, Timeout: time.Second, Interval: time.Millisecond,
		Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return now },
		Ask: func(_ context.Context, ids []envelope.EventID) (map[envelope.EventID]edge.Relay, error) {
			questions.Add(1)
			if failing {
				return nil, errors.New("away")
			}
			return known, nil
		}})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			id := envelope.EventID{byte(1 + i%2)}
			r, ok, err := c.Relay(t.Context(), id)
			if err != nil || ok != (id[0] == 1) || r.Internal != ok {
				t.Errorf("%v: %+v %v %v", id, r, ok, err)
			}
		})
	}
	wg.Wait()
	asked := questions.Load()
	lookup := func(id byte) (bool, error) {
		_, ok, err := c.Relay(t.Context(), envelope.EventID{id})
		return ok, err
	}
	if ok, err := lookup(1); !ok || err != nil || questions.Load() != asked {
		t.Error("a known relay is asked for again")
	}
	mu.Lock()
	now = now.Add(2 * time.Minute)
	mu.Unlock()
	if ok, _ := lookup(2); ok || questions.Load() != asked+1 {
		t.Error("an unknown relay is not asked for again after its time")
	}
	failing = true
	if _, err := lookup(3); !errors.Is(err, ErrBusy) {
		t.Errorf("no answer: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := c.Relay(ctx, envelope.EventID{4}); !errors.Is(err, ErrBusy) {
		t.Errorf("nobody waits: %v", err)
	}
}
