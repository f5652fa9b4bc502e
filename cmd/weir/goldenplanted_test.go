package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"weir/cmd/weir/corpus"
	"weir/topologies/pipeline"
)

// plantedRecording is what Relay 26.9 did with a request that has a secret in every text.
type plantedRecording struct {
	recording
	Config  map[string]json.RawMessage // what the project's config has in place of the default scrubbing
	Clock   int64                      // of the recording, in seconds
	Secrets []string                   // the part of each by which it is known
	Request struct {
		Method, Path, Query string
		Headers             [][2]string
		Body                []byte
	}
}

// TestPlanted takes items of every type with secrets in every text through edge and chain, under six scrubbing configs. No secret that Relay removed may be
// in what comes out; and everything has to be what Relay made of it, also what it keeps.
func TestPlanted(t *testing.T) {
	text, err := os.ReadFile("testdata/golden/default.json")
	if err != nil {
		t.Fatal(err)
	}
	topics, n := pipeline.NewTopics(nil, producerLimits), 0
	for _, want := range readRecordings[plantedRecording](t, "planted") {
		t.Run(want.Case, func(t *testing.T) {
			b := benchOf(t, stateWith(t, text, want.Config), time.Unix(want.Clock, 0))
			b.topics = topics
			r := want.Request
			answer, messages := b.send(t, corpus.Request{Name: want.Case, Method: r.Method, Path: r.Path, Query: r.Query, Headers: r.Headers, Body: r.Body})
			ours, theirs := saidBy(t, messages), saidBy(t, want.Messages)
			for _, s := range want.Secrets {
				if strings.Contains(ours, s) && !strings.Contains(theirs, s) {
					t.Errorf("%q passes, Relay removes it", s)
				}
			}
			if list := compareGolden(&want.recording, answer, messages); len(list) > 0 {
				t.Error(strings.Join(list, "\n"))
			}
			n += len(want.Secrets)
		})
	}
	t.Logf("%d secrets", n)
}

// stateWith is a project state with another scrubbing config.
func stateWith(t testing.TB, state []byte, scrubbing map[string]json.RawMessage) []byte {
	t.Helper()
	var top, config map[string]json.RawMessage
	if err := json.Unmarshal(state, &top); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(top["config"], &config); err != nil {
		t.Fatal(err)
	}
	delete(config, "datascrubbingSettings")
	for k, v := range scrubbing {
		config[k] = v
	}
	var err error
	if top["config"], err = json.Marshal(config); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(top)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// saidBy is all that messages say.
func saidBy(t testing.TB, messages []goldenMessage) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(messages); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
