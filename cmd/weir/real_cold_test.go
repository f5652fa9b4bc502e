package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/cmd/weir/corpus"
)

// startUpstream is the part of an upstream that a processing relay needs: it registers everybody and knows every key, as a key of project 77.
func startUpstream(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
	mux.HandleFunc("POST /api/0/relays/register/challenge/", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			ID string `json:"relay_id"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		answer(w, map[string]string{"relay_id": in.ID, "token": "token"})
	})
	mux.HandleFunc("POST /api/0/relays/register/response/", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]string{"relay_id": "any"})
	})
	mux.HandleFunc("POST /api/0/relays/projectconfigs/", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			PublicKeys []string `json:"publicKeys"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		configs := map[string]any{}
		for _, key := range in.PublicKeys {
			configs[key] = map[string]any{"projectId": 77, "organizationId": 1, "slug": "cold", "rev": "1", "disabled": false,
				"publicKeys": []any{map[string]any{"publicKey": key, "numericId": 77, "isEnabled": true}}, "config": map[string]any{"allowedDomains": []string{"*"}}}
		}
		answer(w, map[string]any{"configs": configs, "pending": []string{}, "unchanged": []string{}, "global": map[string]any{}, "globalStatus": "ready"})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// The first event of a project that only the upstream knows, from the request to the ingest topic, with batch_interval 0.
func TestRealColdProject(t *testing.T) {
	r, ok := newReal(t, slowBroker)
	if !ok {
		return
	}
	r.relay = map[string]any{"upstream": startUpstream(t)}
	r.configure(t)
	var said strings.Builder
	if code := run(t.Context(), []string{"weir", "credentials", "generate", "--config", r.dir}, nil, strings.NewReader(""), &said, &said); code != exitOK {
		t.Fatalf("credentials: %s", said.String())
	}
	s := r.start(t, "run", "", "run")
	r.members(t, 1)
	out := readIngested(t, r.cluster, true, eventTopics(r.prefix)...)
	request, err := corpus.Get("go/014-messages")
	if err != nil {
		t.Fatal(err)
	}
	var took []time.Duration
	for i := range 20 {
		fresh := request
		id := fmt.Sprintf("%032x", i+1)
		plain, err := fresh.Plain()
		if err != nil {
			t.Fatal(err)
		}
		fresh.Body = []byte(strings.ReplaceAll(string(plain), string(eventID.FindSubmatch(plain)[1]), id))
		fresh.Headers = slices.DeleteFunc(slices.Clone(fresh.Headers), func(h [2]string) bool { return strings.EqualFold(h[0], "Content-Encoding") })
		begin := time.Now()
		if got := sendCaptured(t, s.base, fresh, fmt.Sprintf("c01d%028x", i), 77); got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		sent := map[string]time.Time{id: begin}
		eventually(t, "the event arrives", func() bool { n, _ := out.missing(sent); return n == 0 })
		_, latency := out.missing(sent)
		took = append(took, latency)
	}
	slices.Sort(took)
	t.Logf("cold project to ingest topic: best %v, median %v, worst %v", took[0], took[len(took)/2], took[len(took)-1])
	sum := r.settled(t)
	if sum.Items.Accepted != uint64(len(took)) {
		t.Errorf("%+v %+v", sum.Envelopes, sum.Items)
	}
}
