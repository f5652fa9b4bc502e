package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"weir/codecs/envelope"
	"weir/codecs/signature"
	"weir/topologies/kafkatest"
)

// stub is an upstream: it registers relays, verifies what they sign and has project states. It can be away and come back at its address.
type stub struct {
	*testing.T
	addr string
	srv  *http.Server

	mu        sync.Mutex
	relays    map[string]signature.PublicKey
	states    map[string]map[string]any // by public key
	asked     int                       // requests for project configs
	envelopes []*envelope.Envelope
	limits    string            // X-Sentry-Rate-Limits of the answer to envelopes; empty: 200
	anyone    bool              // nothing has to be signed
	register  int               // status of a registration; 0: it works
	below     map[string]string // public keys of relays below, by id
	keysAsked int               // requests for public keys
	fault     string            // the first request that is not as it should be
}

func newStub(t *testing.T) *stub {
	s := &stub{T: t, relays: map[string]signature.PublicKey{}, states: map[string]map[string]any{}}
	s.addr = "127.0.0.1:" + kafkatest.FreePort(t)
	s.up()
	t.Cleanup(func() {
		s.down()
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.fault != "" {
			t.Error(s.fault)
		}
	})
	return s
}

func (s *stub) url() string { return "http://" + s.addr }

// up listens; down refuses connections.
func (s *stub) up() {
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		s.Fatal(err)
	}
	srv := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	s.srv = srv
	go func() { _ = srv.Serve(l) }()
}

func (s *stub) down() { _ = s.srv.Close() }

// project makes a key known, with more members of its state and its config.
func (s *stub) project(key string, id int, config string) {
	state := map[string]any{"projectId": id, "organizationId": 1, "slug": "stub", "rev": fmt.Sprint(time.Now().UnixNano()), "publicKeys": []any{map[string]any{"publicKey": key, "numericId": id}},
		"config": json.RawMessage(config)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.states[key] = state
}

func (s *stub) count() (asked, envelopes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked, len(s.envelopes)
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if r.Header.Get("Content-Encoding") == "zstd" && err == nil {
		dec, _ := zstd.NewReader(nil)
		body, err = dec.DecodeAll(body, nil)
		dec.Close()
	}
	if err != nil {
		return // cut off
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	wrong := func(format string, args ...any) {
		if s.fault == "" {
			s.fault = fmt.Sprintf("%s: ", r.URL.Path) + fmt.Sprintf(format, args...)
		}
		w.WriteHeader(400)
	}
	var in struct {
		ID        string   `json:"relay_id"`
		Key       string   `json:"public_key"`
		Keys      []string `json:"publicKeys"`
		Revisions []*string
		Relays    []string `json:"relay_ids"`
		Global    bool
	}
	if strings.Contains(r.URL.Path, "/relays/") && r.Method == http.MethodPost {
		if err := json.Unmarshal(body, &in); err != nil {
			wrong("%v", err)
			return
		}
	}
	key := s.relays[r.Header.Get("X-Sentry-Relay-Id")]
	data := body
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/register/challenge/"):
		if s.register != 0 {
			w.WriteHeader(s.register)
			_, _ = io.WriteString(w, `{"detail":"go away","relay":"stop"}`)
			return
		}
		if key, err = signature.ParsePublicKey(in.Key); err != nil {
			wrong("%v", err)
			return
		}
	case strings.HasSuffix(path, "/envelope/"):
		data = nil
	case strings.HasSuffix(path, "/live/"):
		return
	}
	if s.anyone {
		// a proxy has no key
	} else if err := key.Verify(r.Header.Get("X-Sentry-Relay-Signature"), data, time.Now(), time.Minute); err != nil {
		wrong("signature: %v", err)
		return
	}
	answer := func(v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/register/challenge/"):
		s.relays[in.ID] = key
		answer(map[string]string{"relay_id": in.ID, "token": "token"})
	case strings.HasSuffix(path, "/register/response/"):
		answer(map[string]string{"relay_id": in.ID})
	case strings.HasSuffix(path, "/projectconfigs/"):
		s.configs(answer, in.Keys, in.Revisions, in.Global)
	case strings.HasSuffix(path, "/publickeys/"):
		s.keysAsked++
		relays := map[string]any{}
		for _, id := range in.Relays {
			if k, ok := s.below[id]; ok {
				relays[id] = map[string]any{"publicKey": k, "internal": true}
			}
		}
		answer(map[string]any{"relays": relays})
	case strings.HasSuffix(path, "/envelope/"):
		e, err := envelope.Parse(body)
		if err != nil {
			wrong("%v", err)
			return
		}
		s.envelopes = append(s.envelopes, e)
		if s.limits != "" {
			w.Header().Set("X-Sentry-Rate-Limits", s.limits)
			w.WriteHeader(http.StatusTooManyRequests)
		}
	default:
		wrong("nobody asks for that")
	}
}

func (s *stub) configs(answer func(any), keys []string, revisions []*string, global bool) {
	out := map[string]any{"configs": map[string]any{}}
	if global {
		out["global"], out["globalStatus"] = map[string]any{}, "ready"
	} else {
		s.asked++
	}
	var unchanged []string
	for i, k := range keys {
		state, ok := s.states[k]
		switch {
		case ok && i < len(revisions) && revisions[i] != nil && *revisions[i] == state["rev"]:
			unchanged = append(unchanged, k)
		case ok:
			out["configs"].(map[string]any)[k] = state
		}
	}
	out["unchanged"] = unchanged
	answer(out)
}
