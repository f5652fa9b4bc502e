package otlp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"weir/codecs/casefile"
	"weir/codecs/event"
	"weir/codecs/otlp"
)

var vectors struct {
	Logs    []struct{ In, Log json.RawMessage }
	Invalid []struct {
		Attribute json.RawMessage
		Why       string
	}
	Severity []struct {
		Number      int
		Text, Level string
	}
	Spans []struct {
		In, Span json.RawMessage
		Scope    json.RawMessage
		Resource map[string]string
	}
	TraceState []struct {
		In   string
		Rate *float64
	} `json:"trace_state"`
}

func load(t testing.TB) {
	casefile.JSON(t, "testdata/otlp.json", &vectors)
}

var now = time.Unix(1700000005, 0).UTC()

func context(d *event.Doc) otlp.Context {
	return otlp.Context{Doc: d, Now: now, Random: func(i int) [16]byte { return [16]byte{0: 1, 15: byte(i)} }}
}

// differ compares what the example has: members and attributes by name, numbers by value.
func differ(t *testing.T, name string, got, want *event.Value) {
	t.Helper()
	for _, m := range want.Members() {
		have := got.Get(m.Key)
		switch {
		case m.Value.Kind() == event.Object:
			if have.Len() != m.Value.Len() {
				t.Errorf("%s.%s: %s, want %s", name, m.Key, have.AppendTo(nil), m.Value.AppendTo(nil))
			}
			differ(t, name+"."+m.Key, have, m.Value)
		case m.Value.Kind() == event.Number:
			f, _ := m.Value.Float()
			if g, ok := have.Float(); !ok || g < f-1e-7 || g > f+1e-7 {
				t.Errorf("%s.%s: %s, want %v", name, m.Key, have.AppendTo(nil), f)
			}
		case !have.Equal(m.Value):
			t.Errorf("%s.%s: %s, want %s", name, m.Key, have.AppendTo(nil), m.Value.AppendTo(nil))
		}
	}
}

func parse(t testing.TB, d *event.Doc, b []byte) *event.Value {
	v, err := d.ParseText(string(b))
	if err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return v
}

func TestLogs(t *testing.T) {
	load(t)
	d := event.New()
	defer d.Release()
	for _, v := range vectors.Logs {
		logs, err := otlp.Logs(context(d), otlp.JSON, v.In)
		if err != nil || len(logs) != 1 {
			t.Fatalf("%d logs, %v", len(logs), err)
		}
		differ(t, "log", logs[0], parse(t, d, v.Log))
	}
	for _, v := range vectors.Invalid {
		payload := `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"},"attributes":[` + string(v.Attribute) + `]}]}]}]}`
		if _, err := otlp.Logs(context(d), otlp.JSON, []byte(payload)); !errors.Is(err, otlp.ErrJSON) {
			t.Errorf("%s: %v", v.Why, err)
		}
	}
	for _, v := range vectors.Severity {
		record, _ := json.Marshal(map[string]any{"severityNumber": v.Number, "severityText": v.Text})
		logs, err := otlp.Logs(context(d), otlp.JSON, []byte(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[`+string(record)+`]}]}]}`))
		if err != nil || logs[0].Get("level").Text() != v.Level {
			t.Errorf("%+v: %v", v, err)
		}
	}
}

func TestSpans(t *testing.T) {
	load(t)
	d := event.New()
	defer d.Release()
	read := func(span, scope []byte, resource map[string]string) *event.Value {
		var attributes []map[string]any
		for k, v := range resource {
			attributes = append(attributes, map[string]any{"key": k, "value": map[string]string{"stringValue": v}})
		}
		if scope == nil {
			scope = []byte("{}")
		}
		payload, err := json.Marshal(map[string]any{"resourceSpans": []any{map[string]any{
			"resource": map[string]any{"attributes": append([]map[string]any{}, attributes...)}, "scopeSpans": []any{map[string]any{"scope": json.RawMessage(scope), "spans": []any{json.RawMessage(span)}}},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		spans, err := otlp.Spans(context(d), otlp.JSON, payload)
		if err != nil || len(spans) != 1 {
			t.Fatalf("%v: %s", err, payload)
		}
		return spans[0]
	}
	for _, v := range vectors.Spans {
		differ(t, "span", read(v.In, v.Scope, v.Resource), parse(t, d, v.Span))
	}
	for _, v := range vectors.TraceState {
		span := read([]byte(`{"spanId":"f0b809703e783d00","traceState":"`+v.In+`"}`), nil, nil)
		got := span.Get("attributes").Get("sentry.client_sample_rate").Get("value")
		if f, ok := got.Float(); ok != (v.Rate != nil) || ok && f != *v.Rate {
			t.Errorf("%q: %s", v.In, got.AppendTo(nil))
		}
	}
}

// message is a protobuf message under construction.
type message struct{ bytes.Buffer }

func (m *message) varint(n uint64) {
	for ; n >= 0x80; n >>= 7 {
		m.WriteByte(byte(n) | 0x80)
	}
	m.WriteByte(byte(n))
}

func (m *message) bytes(field int, b []byte) *message {
	m.varint(uint64(field)<<3 | 2)
	m.varint(uint64(len(b)))
	m.Write(b)
	return m
}

func (m *message) number(field int, n uint64) *message {
	m.varint(uint64(field) << 3)
	m.varint(n)
	return m
}

func (m *message) fixed(field int, n uint64) *message {
	m.varint(uint64(field)<<3 | 1)
	for range 8 {
		m.WriteByte(byte(n))
		n >>= 8
	}
	return m
}

func text(s string) []byte { return new(message).bytes(1, []byte(s)).Bytes() }

func pair(key string, value []byte) []byte {
	return new(message).bytes(1, []byte(key)).bytes(2, value).Bytes()
}

var trace = bytes.Repeat([]byte{0xAB}, 16)

// protoLogs is the payload of jsonLogs as protobuf.
func protoLogs() []byte {
	inner := new(message).bytes(1, pair("k", text("v"))).bytes(1, pair("n", new(message).number(3, 7).Bytes())).Bytes()
	record := new(message).fixed(1, 1700000000123456789).number(2, 17).bytes(5, text("hello")).bytes(6, pair("s", text("x"))).
		bytes(6, pair("b", new(message).number(2, 1).Bytes())).bytes(6, pair("m", new(message).bytes(6, inner).Bytes())).
		bytes(6, pair("a", new(message).bytes(5, new(message).bytes(1, text("e")).Bytes()).Bytes())).bytes(6, pair("y", new(message).bytes(7, []byte("raw")).Bytes())).
		bytes(9, trace).bytes(10, trace[:8]).bytes(12, []byte("ev")).number(99, 5)
	scope := new(message).bytes(1, []byte("lib")).bytes(2, []byte("1.0"))
	resource := new(message).bytes(1, pair("service.name", text("shop"))).bytes(1, pair("telemetry.sdk.language", text("js")))
	scopes := new(message).bytes(2, record.Bytes()).bytes(1, scope.Bytes())
	all := new(message).bytes(2, scopes.Bytes()).bytes(1, resource.Bytes())
	return new(message).bytes(1, all.Bytes()).Bytes()
}

const jsonLogs = `{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}},{"key":"telemetry.sdk.language","value":{"stringValue":"js"}}]},
"scopeLogs":[{"scope":{"name":"lib","version":"1.0"},"logRecords":[{"timeUnixNano":"1700000000123456789","severityNumber":17,"body":{"stringValue":"hello"},"attributes":[
{"key":"s","value":{"stringValue":"x"}},{"key":"b","value":{"boolValue":true}},{"key":"m","value":{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"v"}},{"key":"n","value":{"intValue":"7"}}]}}},
{"key":"a","value":{"arrayValue":{"values":[{"stringValue":"e"}]}}},{"key":"y","value":{"bytesValue":"cmF3"}}],
"traceId":"abababababababababababababababab","spanId":"abababababababab","eventName":"ev"}]}]}]}`

func TestFormsAgree(t *testing.T) {
	d := event.New()
	defer d.Release()
	a, err1 := otlp.Logs(context(d), otlp.JSON, []byte(jsonLogs))
	b, err2 := otlp.Logs(context(d), otlp.Protobuf, protoLogs())
	if err1 != nil || err2 != nil || len(a) != 1 || len(b) != 1 || !a[0].Equal(b[0]) {
		t.Fatalf("%v %v\n%s\n%s", err1, err2, a[0].AppendTo(nil), b[0].AppendTo(nil))
	}
	want := `{"timestamp":1700000000.123456789,"trace_id":"abababababababababababababababab","span_id":"abababababababab","level":"error","body":"hello"`
	if got := string(a[0].AppendTo(nil)); !bytes.HasPrefix([]byte(got), []byte(want)) {
		t.Errorf("%s", got)
	}
}

func TestBrokenProtobuf(t *testing.T) {
	d := event.New()
	defer d.Release()
	whole := protoLogs()
	for n := 1; n < len(whole); n++ {
		if _, err := otlp.Logs(context(d), otlp.Protobuf, whole[:n]); !errors.Is(err, otlp.ErrProto) {
			t.Fatalf("the first %d bytes: %v", n, err)
		}
	}
	deep := []byte{}
	for range 200 {
		deep = new(message).bytes(5, new(message).bytes(1, deep).Bytes()).Bytes()
	}
	record := new(message).bytes(5, deep)
	payload := new(message).bytes(1, new(message).bytes(2, new(message).bytes(2, record.Bytes()).Bytes()).Bytes()).Bytes()
	if _, err := otlp.Logs(context(d), otlp.Protobuf, payload); !errors.Is(err, otlp.ErrProto) {
		t.Errorf("deep nesting: %v", err)
	}
}

// TestManyAttributes: thousands of attributes are read, the last of a name counts.
func TestManyAttributes(t *testing.T) {
	d := event.New()
	defer d.Release()
	record := new(message)
	for i := range 20000 {
		record.bytes(6, pair(string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676%26)), new(message).number(3, uint64(i)).Bytes()))
	}
	payload := new(message).bytes(1, new(message).bytes(2, new(message).bytes(2, record.Bytes()).Bytes()).Bytes()).Bytes()
	logs, err := otlp.Logs(context(d), otlp.Protobuf, payload)
	if err != nil {
		t.Fatal(err)
	}
	attributes := logs[0].Get("attributes")
	if n := attributes.Len(); n != 26*26*26+1 {
		t.Errorf("%d attributes", n)
	}
	if v := attributes.Get("aaa").Get("value"); string(v.AppendTo(nil)) != "17576" {
		t.Errorf("%s", v.AppendTo(nil))
	}
}

func FuzzJSON(f *testing.F) {
	load(f)
	f.Add([]byte(jsonLogs))
	for _, v := range vectors.Spans {
		f.Add([]byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[` + string(v.In) + `]}]}]}`))
	}
	f.Fuzz(func(t *testing.T, b []byte) { run(t, otlp.JSON, b) })
}

func FuzzProtobuf(f *testing.F) {
	f.Add(protoLogs())
	f.Add(new(message).bytes(1, new(message).bytes(2, new(message).bytes(2, new(message).bytes(1, trace).bytes(2, trace[:8]).bytes(13, trace).Bytes()).Bytes()).Bytes()).Bytes())
	f.Fuzz(func(t *testing.T, b []byte) { run(t, otlp.Protobuf, b) })
}

// run: reading never panics and what is read is JSON.
func run(t *testing.T, form otlp.Form, b []byte) {
	d := event.New()
	defer d.Release()
	logs, _ := otlp.Logs(context(d), form, b)
	spans, _ := otlp.Spans(context(d), form, b)
	for _, v := range append(logs, spans...) {
		if text := v.AppendTo(nil); !json.Valid(text) {
			t.Errorf("%s", text)
		}
	}
}

func BenchmarkLogs(b *testing.B) {
	for name, payload := range map[otlp.Form][]byte{otlp.JSON: []byte(jsonLogs), otlp.Protobuf: protoLogs()} {
		b.Run([]string{"json", "protobuf"}[name], func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(payload)))
			for b.Loop() {
				d := event.New()
				if _, err := otlp.Logs(context(d), name, payload); err != nil {
					b.Fatal(err)
				}
				d.Release()
			}
		})
	}
}
