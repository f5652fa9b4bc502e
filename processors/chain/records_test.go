package chain

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/codecs/casefile"
	"weir/codecs/envelope"
	"weir/codecs/ingest"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/processors/quota/memory"
)

// recordProject is as long as ids are where sizes were taken.
const recordProject = 4242424242

// recordCase is an envelope of spans, logs or trace metrics, or a request of another protocol, and every byte that it causes: testdata/records.
type recordCase struct {
	Name        string
	Received    int64 // nanoseconds
	Project     json.RawMessage
	Envelope    map[string]json.RawMessage
	Headers     map[string]string
	Integration string // content type of the item of another protocol
	Payload     string // of that item
	PayloadHex  string `json:"payload_hex"`
	Items       []struct {
		Headers map[string]any
		Payload string
	}
	RandomTrace bool `json:"random_trace"`
	Messages    []struct{ Topic, JSON, Hex string }
	Outcomes    [][]any // id, reason, category, quantity
}

func recordCases(t testing.TB) map[string][]recordCase {
	files, err := filepath.Glob("testdata/records/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	all := make(map[string][]recordCase)
	for _, file := range files {
		var cases []recordCase
		casefile.JSON(t, file, &cases)
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = cases
	}
	return all
}

// TestRecords compares messages byte by byte, but for the ids that are made anew each time.
func TestRecords(t *testing.T) {
	c := New(Config{Store: memory.New()})
	for file, cases := range recordCases(t) {
		for i := range cases {
			t.Run(file+": "+cases[i].Name, func(t *testing.T) { cases[i].run(t, c) })
		}
	}
}

func (v *recordCase) input(t testing.TB) Input {
	at := time.Unix(0, v.Received).UTC()
	return Input{
		Record:   &raw.Record{Receipt: raw.ReceiptID{1}, ReceivedAt: at, Key: serverKey, Project: recordProject},
		Envelope: v.envelope(t), Status: project.Enabled, State: v.state(t), Global: &project.Global{}, Now: at,
	}
}

func (v *recordCase) run(t *testing.T, c *Chain) {
	res := c.Run(t.Context(), v.input(t))
	if len(res.Dead) > 0 {
		t.Fatalf("dead: %+v", res.Dead)
	}
	var got, want []string
	for _, m := range res.Messages {
		switch m.Topic {
		case ingest.Spans:
			got = append(got, string(m.Value))
		case ingest.Items:
			got = append(got, v.masked(t, m.Value))
		}
	}
	for _, m := range v.Messages {
		if m.Topic == "spans" {
			want = append(want, m.JSON)
			continue
		}
		b, err := hex.DecodeString(m.Hex)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, string(b))
	}
	slices.Sort(got)
	slices.Sort(want)
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(want):
			t.Errorf("one more: %s", got[i])
		case i >= len(got):
			t.Errorf("missing: %s", want[i])
		case got[i] != want[i]:
			t.Errorf("\n got %q\nwant %q", got[i], want[i])
		}
	}
	if len(v.Messages) > 0 && len(v.Outcomes) == 0 && res.Items.Discarded > 0 {
		t.Errorf("of items of which all members are written: %+v", res.Items)
	}
	sums := make(map[string]float64)
	for _, x := range res.Tallies {
		sums[fmt.Sprint(x.ID, x.Reason, int(x.Category))] += float64(x.Quantity)
	}
	for _, o := range v.Outcomes {
		reason, _ := o[1].(string)
		key := fmt.Sprint(outcome.ID(o[0].(float64)), outcome.Reason(reason), int(o[2].(float64)))
		if sums[key] != o[3].(float64) {
			t.Errorf("outcome %v: %v", o, sums[key])
		}
		delete(sums, key)
	}
	if len(sums) > 0 {
		t.Errorf("more outcomes: %v", sums)
	}
}

// masked blanks the item id of a trace item, and the trace id where it is random.
func (v *recordCase) masked(t *testing.T, b []byte) string {
	b = bytes.Clone(b)
	at := bytes.Index(b, []byte("\x1a\x20"))
	if at < 0 || len(b) < at+52 {
		t.Fatalf("no trace item: %x", b)
	}
	if v.RandomTrace {
		copy(b[at+2:], strings.Repeat("0", 32))
	}
	clear(b[at+36 : at+52])
	return string(b)
}

func (v *recordCase) envelope(t testing.TB) *envelope.Envelope {
	var e *envelope.Envelope
	if v.Integration != "" {
		payload := []byte(v.Payload)
		if v.PayloadHex != "" {
			var err error
			if payload, err = hex.DecodeString(v.PayloadHex); err != nil {
				t.Fatal(err)
			}
		}
		e = &envelope.Envelope{Items: []envelope.Item{{Type: envelope.TypeIntegration, ContentType: v.Integration, Payload: payload, Length: len(payload)}}}
	} else {
		var b bytes.Buffer
		line := func(v any) {
			text, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(append(text, '\n'))
		}
		if v.Envelope == nil {
			v.Envelope = map[string]json.RawMessage{}
		}
		line(v.Envelope)
		for _, it := range v.Items {
			it.Headers["length"] = len(it.Payload)
			line(it.Headers)
			b.WriteString(it.Payload + "\n")
		}
		var err error
		if e, err = envelope.Parse(b.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	e.Header.ForwardedFor = "127.0.0.1"
	if text, ok := v.Headers["x-forwarded-for"]; ok {
		e.Header.ForwardedFor = text
	}
	e.Header.UserAgent = v.Headers["user-agent"]
	e.Header.ClientHints.UA = v.Headers["sec-ch-ua"]
	return e
}

func (v *recordCase) state(t testing.TB) *project.State {
	config := v.Project
	if config == nil {
		config = json.RawMessage("{}")
	}
	text, err := json.Marshal(map[string]any{"projectId": recordProject, "organizationId": 1, "publicKeys": []any{map[string]any{"publicKey": serverKey, "numericId": 7}}, "config": config})
	if err != nil {
		t.Fatal(err)
	}
	s, err := project.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// BenchmarkRecords takes one case of each kind through the whole chain.
func BenchmarkRecords(b *testing.B) {
	all := recordCases(b)
	c := New(Config{Store: memory.New()})
	for _, pick := range []struct{ name, file, of string }{
		{"log", "containers", "log scrub"}, {"trace_metric", "containers", "metric 1"}, {"span_v2", "spans", "op http_client"}, {"span_v1", "containers", "v1 34"},
		{"transaction_spans", "transactions", "full"}, {"otlp_log", "integrations", "log attrs"}, {"otlp_span", "integrations", "span attrs"}, {"nel", "integrations", "nel plain"},
		{"vercel", "integrations", "vercel plain"},
	} {
		i := slices.IndexFunc(all[pick.file], func(v recordCase) bool { return v.Name == pick.of })
		if i < 0 {
			b.Fatalf("no case %s", pick.of)
		}
		v := all[pick.file][i]
		b.Run(pick.name, func(b *testing.B) {
			in := v.input(b)
			size := 0
			for _, it := range in.Envelope.Items {
				size += len(it.Payload)
			}
			items := slices.Clone(in.Envelope.Items)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				e := *in.Envelope
				e.Items = slices.Clone(items)
				run := in
				run.Envelope = &e
				if res := c.Run(b.Context(), run); len(res.Messages) == 0 {
					b.Fatalf("%+v", res.Tallies)
				}
			}
		})
	}
}
