package normalize

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/processors"
	"weir/processors/match"
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
	list, err := os.ReadFile("testdata/pending_server.txt")
	if err != nil {
		t.Fatal(err)
	}
	var pending []string
	for line := range strings.Lines(string(list)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			pending = append(pending, line)
		}
	}
	step := Step(Config{Fields: func(root *event.Value) match.Fields { return browserFields{root} }})
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var vectors []serverVector
		if err := json.Unmarshal(b, &vectors); err != nil {
			t.Fatal(err)
		}
		for _, v := range vectors {
			name := strings.TrimSuffix(filepath.Base(file), ".json") + ": " + v.Name
			t.Run(name, func(t *testing.T) {
				problem := v.run(t, step)
				if i := slices.Index(pending, name); i >= 0 {
					pending = slices.Delete(pending, i, i+1)
					if problem == "" {
						t.Errorf("passes now: take it out of testdata/pending_server.txt")
					}
					return
				}
				if problem != "" {
					t.Error(problem)
				}
			})
		}
	}
	if len(pending) > 0 {
		t.Errorf("testdata/pending_server.txt names vectors that do not exist: %q", pending)
	}
}

// run returns how the result of the step differs from the expectation, "" if it does not.
func (v *serverVector) run(t *testing.T, step processors.Step) string {
	if v.Expected.Status >= 400 {
		return "" // refused by the edge
	}
	u := v.unit(t)
	verdict := step(context.Background(), u)
	var want json.RawMessage
	for _, m := range v.Expected.Messages {
		if slices.Contains(eventTopics, m.Topic) && (m.Type == "" || m.Type == "event") {
			want = m.Payload
		}
	}
	if want == nil {
		for _, o := range v.Expected.Outcomes {
			if verdict.Action == processors.ActionDrop && o[0] == float64(verdict.Outcome) && o[1] == string(verdict.Reason) {
				return ""
			}
		}
		return fmt.Sprintf("verdict %+v, want outcomes %v", verdict, v.Expected.Outcomes)
	}
	if verdict.Action != processors.ActionKeep {
		return fmt.Sprintf("dropped: %+v", verdict)
	}
	defer u.Event.Release()
	got := u.Event.AppendTo(nil)
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
	w := wanted{id: u.EventID.String()}
	if path := w.differ("", expected, have); path != "" {
		return fmt.Sprintf("differs at %s\n got %s\nwant %s", path, got, compact(want))
	}
	return ""
}

// unit builds the unit of work of the vector's request.
func (v *serverVector) unit(t *testing.T) *processors.Unit {
	var b bytes.Buffer
	header := map[string]any{"event_id": serverEventID}
	for k, raw := range v.Envelope {
		header[k] = json.RawMessage(input(t, raw))
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
	return v.split(t, e)
}

func (v *serverVector) split(t *testing.T, e *envelope.Envelope) *processors.Unit {
	state := map[string]any{"projectId": serverProject, "organizationId": 1, "publicKeys": []any{map[string]any{"publicKey": serverKey, "numericId": 7}}}
	if v.Project != nil {
		state["config"] = json.RawMessage(input(t, v.Project))
	}
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
		if g, err = project.ParseGlobal(input(t, v.Global)); err != nil {
			t.Fatal(err)
		}
	}
	u := &processors.Unit{
		Facts: &processors.Facts{
			ReceivedAt: serverNow, Now: serverNow, Header: &e.Header, Project: s, Global: g,
			Scope: dsn.Scoping{Org: 1, Project: serverProject, Key: serverKey, KeyID: 7},
		},
		Kind: processors.KindError, EventID: e.Header.EventID, EventCategory: outcome.Unknown,
	}
	for i := range e.Items {
		it := &processors.Item{Item: e.Items[i], Index: i}
		u.Items = append(u.Items, it)
		if it.Type == envelope.TypeTransaction {
			u.Kind = processors.KindTransaction
		}
		if u.Main == nil && it.CreatesEvent() {
			u.Main = it
		}
	}
	return u
}

// input replaces the placeholders of inputs.
func input(t *testing.T, raw json.RawMessage) []byte {
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
	return input(t, raw)
}

// wanted compares with an expectation that has placeholders; _metrics are not compared, because they count the
// bytes of payloads in the notation of the recording.
type wanted struct{ id string }

func (w wanted) differ(path string, want, got *event.Value) string {
	if seconds, ok := placeholder64(want); ok {
		f, isNumber := got.Float()
		if isNumber && abs(f-float64(serverNow.Unix())-seconds) < 1e-6 || got.Text() == isoText(seconds) {
			return ""
		}
		return path
	}
	if s, ok := want.Str(); ok {
		switch s {
		case "<received>":
			f, _ := got.Float()
			if f == float64(serverNow.Unix()) || got.Text() == isoText(0) {
				return ""
			}
			return path
		case "<time text>", "<id>":
			if got.Kind() == event.String {
				return ""
			}
			return path
		case "{project}":
			if n, ok := got.NumberText(); ok && n == fmt.Sprint(serverProject) {
				return ""
			}
		}
		s = strings.NewReplacer("{project}", fmt.Sprint(serverProject), "{key}", serverKey, "{event_id}", w.id, "{event_id[:16]}", w.id[:16]).Replace(s)
		if got.Kind() != event.String || got.Text() != s {
			return path
		}
		return ""
	}
	if f, ok := want.Float(); ok {
		g, ok := got.Float()
		if !ok || f != g {
			return path
		}
		return ""
	}
	if want.Kind() != got.Kind() || want.Len() != got.Len() {
		return fmt.Sprintf("%s (%d members, want %d)", path, got.Len(), want.Len())
	}
	for i, m := range want.Members() {
		g := got.Members()[i]
		if m.Key != g.Key {
			return fmt.Sprintf("%s.%s (want %s)", path, g.Key, m.Key)
		}
		if m.Key == "_metrics" {
			continue
		}
		key := m.Key
		if key == "" {
			key = fmt.Sprint(i)
		}
		if p := w.differ(path+"."+key, m.Value, g.Value); p != "" {
			return p
		}
	}
	return ""
}

func placeholder64(v *event.Value) (seconds float64, ok bool) {
	if v.Kind() != event.Object || v.Len() != 1 {
		return 0, false
	}
	switch m := v.Members()[0]; m.Key {
	case "$now", "$received", "$iso":
		return m.Value.Float()
	}
	return 0, false
}

// browserFields knows the one field that the vectors ask for.
type browserFields struct{ root *event.Value }

func (f browserFields) Field(name string) match.Value {
	if name == "event.contexts.browser.name" {
		return match.Text(f.root.At("contexts", "browser", "name").Text())
	}
	return match.Value{}
}

func (browserFields) Elements(string, func(match.Fields) bool) bool { return false }

func abs(f float64) float64 { return max(f, -f) }
