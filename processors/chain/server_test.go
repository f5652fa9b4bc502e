package chain

import (
	"bytes"
	"context"
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
	"weir/codecs/event"
	"weir/codecs/ingest"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/processors"
	"weir/processors/quota/memory"
)

// serverVector is an example of what the whole pipeline does (18): testdata/server/*.json, one a line of a list.
type serverVector struct {
	Name           string
	Project        json.RawMessage
	Global         json.RawMessage
	RequestHeaders map[string]string `json:"request_headers"`
	Envelope       map[string]json.RawMessage
	Items          []struct {
		Headers map[string]any
		Payload json.RawMessage
	}
	Request *struct {
		Path    string
		Headers map[string]string
		Body    string
	}
	Expected struct {
		Status   int
		Messages []struct {
			Topic, Type string
			Payload     json.RawMessage
		}
		Outcomes [][]any
	}
}

const (
	serverKey     = "a94ae32be2584e0bbd7a4cbb95971fee"
	serverProject = 42
	serverEventID = "515539018c9b4260a6f999572f1661ee"
)

var serverNow = time.Unix(1795417647, 0).UTC()

// eventTopics are the topics whose payload is a whole event.
var eventTopics = []string{"ingest-events", "ingest-attachments", "ingest-feedback-events", "ingest-transactions"}

func TestServerVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/server/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	var event []byte
	c := New(Config{Store: memory.New()})
	for _, links := range c.chains {
		for i := range links {
			if route := links[i].step; links[i].name == "route" {
				links[i].step = func(ctx context.Context, u *processors.Unit) processors.Verdict {
					if u.Event != nil && u.Main.Fate == processors.FateOpen {
						event = u.Event.AppendTo(nil) // the document is gone when the chain is done
					}
					return route(ctx, u)
				}
			}
		}
	}
	for _, file := range files {
		var vectors []serverVector
		casefile.JSON(t, file, &vectors)
		for _, v := range vectors {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".json")+": "+v.Name, func(t *testing.T) {
				event = nil
				v.run(t, c, &event)
			})
		}
	}
}

// run sends the request through the chain and compares the event that comes out, or its end, with the expectation.
func (v *serverVector) run(t *testing.T, c *Chain, result *[]byte) {
	if v.Expected.Status >= 400 {
		return // refused by the edge
	}
	e := v.envelope(t)
	state, global := v.state(t)
	id := e.Header.EventID.String()
	res := c.Run(t.Context(), Input{
		Record:   &raw.Record{Receipt: raw.ReceiptID{1}, ReceivedAt: serverNow, Key: serverKey, Project: serverProject},
		Envelope: e, Status: project.Enabled, State: state, Global: global, Now: serverNow,
	})
	if len(res.Dead) > 0 {
		t.Fatalf("dead: %+v", res.Dead)
	}
	v.spans(t, id, &res)
	var want json.RawMessage
	for _, m := range v.Expected.Messages {
		if slices.Contains(eventTopics, m.Topic) && (m.Type == "" || m.Type == "event") {
			want = m.Payload
		}
	}
	var got []byte
	for _, u := range res.Units {
		if u.Main != nil && u.Main.Fate == processors.FateAccepted {
			got = *result
		}
	}
	if want == nil {
		if got != nil {
			t.Errorf("nothing is expected, got %s", got)
		}
		v.outcomes(t, res.Tallies)
		return
	}
	if got == nil {
		t.Fatalf("no event, outcomes %+v, want %s", res.Tallies, want)
	}
	d := event.New()
	defer d.Release()
	have, err := d.ParseText(string(got))
	if err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	expected, err := d.ParseText(string(want))
	if err != nil {
		t.Fatal(err)
	}
	w := wanted{id: id}
	if path := w.differ("", expected, have); path != "" {
		t.Errorf("differs at %s\n got %s\nwant %s", path, got, want)
	}
}

// spans compares the messages of spans by their ids.
func (v *serverVector) spans(t *testing.T, id string, res *Result) {
	d := event.New()
	defer d.Release()
	parse := func(b []byte) *event.Value {
		x, err := d.ParseText(string(b))
		if err != nil {
			t.Fatalf("%v: %s", err, b)
		}
		return x
	}
	got := map[string]*event.Value{}
	for _, m := range res.Messages {
		if m.Topic == ingest.Spans {
			x := parse(m.Value)
			got[x.Get("span_id").Text()] = x
		}
	}
	w := wanted{id: id}
	for _, m := range v.Expected.Messages {
		if m.Topic != ingest.Spans.DefaultName() {
			continue
		}
		want := parse(m.Payload)
		span := want.Get("span_id").Text()
		have := got[span]
		delete(got, span)
		if have == nil {
			t.Errorf("no message for span %s", m.Payload)
		} else if path := w.differ("", want, have); path != "" {
			t.Errorf("span %s differs at %s\n got %s\nwant %s", span, path, have.AppendTo(nil), m.Payload)
		}
	}
	if len(got) > 0 {
		t.Errorf("%d more spans", len(got))
	}
}

// outcomes wants every expected discard among the tallies, with its quantity.
func (v *serverVector) outcomes(t *testing.T, tallies []outcome.Tally) {
	for _, o := range v.Expected.Outcomes {
		if o[0] == float64(outcome.Accepted) {
			continue
		}
		reason, _ := o[1].(string)
		if !slices.ContainsFunc(tallies, func(y outcome.Tally) bool {
			return float64(y.ID) == o[0] && string(y.Reason) == reason && float64(y.Category) == o[2] && float64(y.Quantity) == o[3]
		}) {
			t.Errorf("no outcome %v in %+v", o, tallies)
		}
	}
}

// envelope is what the edge makes of the vector's request.
func (v *serverVector) envelope(t *testing.T) *envelope.Envelope {
	var b bytes.Buffer
	header := map[string]any{"event_id": serverEventID}
	for k, raw := range v.Envelope {
		header[k] = json.RawMessage(filled(t, raw))
	}
	headers := v.RequestHeaders
	items := v.Items
	line := func(v any) {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
		b.WriteByte('\n')
	}
	line(header)
	if v.Request != nil {
		headers = v.Request.Headers
		h := map[string]any{"type": "raw_security", "length": len(v.Request.Body)}
		if strings.Contains(v.Request.Path, "sentry_release") {
			h["sentry_release"], h["sentry_environment"] = "r@1", "prod"
		}
		body := v.Request.Body
		if list := []json.RawMessage{}; json.Unmarshal([]byte(body), &list) == nil && len(list) == 1 {
			body = string(list[0]) // the edge splits lists
			h["length"] = len(body)
		}
		line(h)
		b.WriteString(body + "\n")
	}
	for _, it := range items {
		payload := itemPayload(t, it.Payload)
		it.Headers["length"] = len(payload)
		line(it.Headers)
		b.Write(payload)
		b.WriteByte('\n')
	}
	e, err := envelope.Parse(b.Bytes())
	if err != nil {
		t.Fatalf("%v: %s", err, b.Bytes())
	}
	e.Header.ForwardedFor = "127.0.0.1"
	for k, value := range headers {
		switch strings.ToLower(k) {
		case "x-forwarded-for":
			e.Header.ForwardedFor = value
		case "user-agent":
			e.Header.UserAgent = value
		case "origin":
			e.Header.Origin = value
		case "x-sentry-auth":
			if _, client, ok := strings.Cut(value, "sentry_client="); ok {
				e.Header.Client, _, _ = strings.Cut(client, ",")
			}
		}
	}
	return e
}

// state is the project and the global config.
func (v *serverVector) state(t *testing.T) (*project.State, *project.Global) {
	state := map[string]any{"projectId": serverProject, "organizationId": 1, "publicKeys": []any{map[string]any{"publicKey": serverKey, "numericId": 7}}}
	config := map[string]any{"features": []string{
		"organizations:profiling", "organizations:continuous-profiling", "organizations:session-replay", "organizations:user-feedback-ingest",
		"organizations:ourlogs-ingestion", "organizations:tracemetrics-ingestion", "organizations:standalone-span-ingestion",
	}}
	if v.Project != nil {
		if err := json.Unmarshal(filled(t, v.Project), &config); err != nil {
			t.Fatal(err)
		}
	}
	state["config"] = config
	text, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	s, err := project.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	g := &project.Global{}
	if v.Global != nil {
		if g, err = project.ParseGlobal(filled(t, v.Global)); err != nil {
			t.Fatal(err)
		}
	}
	return s, g
}

// filled replaces the placeholders of inputs.
func filled(t *testing.T, raw json.RawMessage) []byte {
	d := event.New()
	defer d.Release()
	v, err := d.ParseText(strings.ReplaceAll(string(raw), "{key}", serverKey))
	if err != nil {
		t.Fatal(err)
	}
	fill(d, v)
	return v.AppendTo(nil)
}

func fill(d *event.Doc, v *event.Value) {
	if s := v.Get("$now"); s != nil && v.Len() == 1 {
		f, _ := s.Float()
		v.SetNumber(d.FloatText(float64(serverNow.Unix()) + f))
		return
	}
	if s := v.Get("$iso"); s != nil && v.Len() == 1 {
		f, _ := s.Float()
		v.SetString(isoText(f))
		return
	}
	for _, m := range v.Members() {
		fill(d, m.Value)
	}
}

func isoText(seconds float64) string {
	return serverNow.Add(time.Duration(seconds * float64(time.Second))).Format("2006-01-02T15:04:05-07:00")
}

func itemPayload(t *testing.T, raw json.RawMessage) []byte {
	var text string
	if json.Unmarshal(raw, &text) == nil && string(raw) != "null" {
		return []byte(text)
	}
	var binary struct{ Hex *string }
	if json.Unmarshal(raw, &binary) == nil && binary.Hex != nil {
		b, err := hex.DecodeString(*binary.Hex)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	return filled(t, raw)
}

// TestInvalidTransaction: what is not accepted counts with the spans that it has, whatever its header says.
func TestInvalidTransaction(t *testing.T) {
	payload := `{"type":"transaction","transaction":"/t","start_timestamp":1,"timestamp":2,"contexts":{"trace":{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2","span_id":"fa90fdead5f74052"}},"spans":[{},{},{}]}`
	e, err := envelope.Parse(fmt.Appendf(nil, "{\"event_id\":%q}\n{\"type\":\"transaction\",\"span_count\":7,\"length\":%d}\n%s\n", serverEventID, len(payload), payload))
	if err != nil {
		t.Fatal(err)
	}
	v := serverVector{}
	state, global := v.state(t)
	res := New(Config{Store: memory.New()}).Run(t.Context(), Input{
		Record:   &raw.Record{Receipt: raw.ReceiptID{1}, ReceivedAt: serverNow, Key: serverKey, Project: serverProject},
		Envelope: e, Status: project.Enabled, State: state, Global: global, Now: serverNow,
	})
	want := map[outcome.Category]uint64{outcome.Transaction: 1, outcome.TransactionIndexed: 1, outcome.Span: 4, outcome.SpanIndexed: 4}
	for _, x := range res.Tallies {
		if x.Reason != "invalid_transaction" || want[x.Category] != x.Quantity {
			t.Errorf("%+v", x)
		}
		delete(want, x.Category)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}
