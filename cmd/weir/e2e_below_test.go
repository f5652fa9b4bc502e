package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"weir/codecs/signature"
)

// A relay below that the upstream has once known is known after a restart while the upstream is away, and so are the project configs that it asks for.
func TestRelayBelowInAnOutage(t *testing.T) {
	s := newStub(t)
	s.project(chainKey, 42, `{}`)
	belowDir, id, public := relayDir(t, map[string]any{})
	s.mu.Lock()
	s.below = map[string]string{id: public}
	s.mu.Unlock()
	var c struct {
		Secret string `json:"secret_key"`
	}
	b, err := os.ReadFile(filepath.Join(belowDir, "credentials.json"))
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	secret, err := signature.ParseSecretKey(c.Secret)
	if err != nil {
		t.Fatal(err)
	}
	dir, _, _ := relayDir(t, map[string]any{"relay": map[string]any{"upstream": s.url()}, "auth": map[string]any{"ready": "always"}, "cache": map[string]any{"batch_interval": 0},
		"http": slowUpstream(map[string]any{"max_retry_interval": 1}), "weir": map[string]any{"data_dir": t.TempDir()}})
	r := startRelay(t, "middle", dir)
	body := []byte(`{"publicKeys":["` + chainKey + `"],"fullConfig":false}`)
	ask := func() answer {
		return post(t, http.MethodPost, r.base+"/api/0/relays/projectconfigs/?version=3",
			[][2]string{{"X-Sentry-Relay-Id", id}, {"X-Sentry-Relay-Signature", secret.Sign(body, time.Now())}}, body)
	}
	known := func() bool {
		got := ask()
		if got.status != 200 && got.status != 503 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		return bytes.Contains([]byte(got.body), []byte(`"slug":"stub"`))
	}
	eventually(t, "the relay below gets the config", known)
	eventually(t, "its row is in the table", func() bool {
		var out, errs bytes.Buffer
		return run(t.Context(), []string{"weir", "projects", "show", "--config", dir, "@relay/" + id}, nil, bytes.NewReader(nil), &out, &errs) == exitOK
	})
	r.stop(t)
	s.down()
	r.start(t)
	r.ready(t)
	if got := ask(); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
	eventually(t, "it gets the config that was known", known)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keysAsked != 1 {
		t.Errorf("the upstream was asked for keys %d times", s.keysAsked)
	}
}
