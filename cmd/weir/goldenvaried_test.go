package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/cmd/weir/corpus"
	"weir/codecs/casefile"
	"weir/codecs/ingest"
	"weir/topologies/pipeline"
)

// varied is one line of testdata/golden/varied.jsonl.gz: a request that no SDK sends, and what Relay 26.9 made of it. {P} and {K} stand for
// project and key. .ci/recordings.py makes the file anew.
type varied struct {
	Case, Method, Target string
	At                   float64 // Unix seconds
	Project              int     // index of the config in the first line
	Headers              [][2]string
	Body                 []byte
	Status               int
	Messages             []goldenMessage
}

// TestVaried takes requests with odd items of every type all the way: wrong types, limits at their borders, wrong counts, several kinds in an
// envelope, under several configs. Every message on every topic is that of the recording.
func TestVaried(t *testing.T) {
	var projects []json.RawMessage
	benches := map[int]*bench{}
	n := 0
	for line := range casefile.Lines(t, "testdata/golden/varied.jsonl.gz") {
		if projects == nil {
			casefile.Decode(t, line, &projects)
			continue
		}
		var c varied
		casefile.Decode(t, line, &c)
		n++
		t.Run(c.Case, func(t *testing.T) {
			b := benches[c.Project]
			if b == nil {
				b = benchOf(t, variedProject(t, projects[c.Project]), goldenClock)
				b.topics = pipeline.NewTopics(nil, producerLimits)
				benches[c.Project] = b
			}
			b.now = time.UnixMicro(int64(c.At * 1e6)).UTC()
			swap := strings.NewReplacer("{P}", fmt.Sprint(goldenProject), "{K}", corpus.Key)
			path, query, _ := strings.Cut(swap.Replace(c.Target), "?")
			r := corpus.Request{Method: c.Method, Path: path, Query: query, Body: []byte(swap.Replace(string(c.Body)))}
			for _, h := range c.Headers {
				r.Headers = append(r.Headers, [2]string{h[0], swap.Replace(h[1])})
			}
			answer, messages := b.play(t, r)
			if answer.Code != c.Status {
				t.Errorf("status %d, want %d", answer.Code, c.Status)
			}
			for _, topic := range ingest.AllTopics {
				sameMessages(t, topic.DefaultName(), c.Messages, messages)
			}
		})
	}
	t.Logf("%d requests under %d configs", n, len(benches))
}

func variedProject(t *testing.T, config json.RawMessage) []byte {
	t.Helper()
	var state map[string]any
	if err := json.Unmarshal(config, &state); err != nil {
		t.Fatal(err)
	}
	state["projectId"], state["publicKeys"] = goldenProject, []any{map[string]any{"publicKey": corpus.Key, "numericId": 7}}
	b, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sameMessages finds for each message of a topic one that it equals; their order is free.
func sameMessages(t *testing.T, topic string, want, got []goldenMessage) {
	t.Helper()
	of := func(list []goldenMessage) (out []goldenMessage) {
		for _, m := range list {
			if m.Topic == topic {
				out = append(out, m)
			}
		}
		return out
	}
	left := of(got)
	for _, w := range of(want) {
		var closest []string
		at := -1
		for i := range left {
			d := &differ{}
			path := fmt.Sprintf(".%s[0]", topic)
			d.value(path+".key", w.Key, left[i].Key)
			d.value(path+".headers", fmt.Sprint(w.Headers), fmt.Sprint(left[i].Headers))
			d.value(path+".value", w.Value, left[i].Value)
			if len(d.list) == 0 {
				at = i
				break
			}
			if closest == nil || len(d.list) < len(closest) {
				closest = d.list
			}
		}
		if at < 0 {
			t.Errorf("%s: a message is missing, the closest differs in\n%s", topic, strings.Join(closest, "\n"))
			continue
		}
		left = slices.Delete(left, at, at+1)
	}
	for _, m := range left {
		t.Errorf("%s: one more: %.500v", topic, m.Value)
	}
}
