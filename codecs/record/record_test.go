package record_test

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"weir/codecs/casefile"
	"weir/codecs/event"
	"weir/codecs/record"
)

func load(t testing.TB, file string, into any) {
	casefile.JSON(t, "testdata/"+file, into)
}

func parse(t testing.TB, d *event.Doc, b []byte) *event.Value {
	v, err := d.ParseText(string(b))
	if err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return v
}

// canonical is JSON with sorted keys.
func canonical(t testing.TB, b []byte) string {
	var v any
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func random(string) [16]byte { return [16]byte{15: 1} }

func TestAttributeTypes(t *testing.T) {
	var vectors struct {
		Cases []struct{ In, Out, Meta json.RawMessage }
	}
	load(t, "attribute_types.json", &vectors)
	for _, c := range vectors.Cases {
		d := event.New()
		v := parse(t, d, []byte(`{"attributes":{"a":`+string(c.In)+`}}`))
		record.Span.Open(d, v, random)
		a := record.AttributesOf(d, v)
		a.Check()
		got := v.Get("attributes").Get("a")
		if text := string(got.AppendTo(nil)); canonical(t, []byte(text)) != canonical(t, c.Out) {
			t.Errorf("%s: %s, want %s", c.In, text, c.Out)
		}
		meta, has := d.AppendMeta(nil, got)
		want := `{"":` + string(c.Meta) + `}`
		if has != (string(c.Meta) != "null") || has && canonical(t, meta) != canonical(t, []byte(want)) {
			t.Errorf("%s: metadata %s, want %s", c.In, meta, want)
		}
		d.Release()
	}
}

func TestSizes(t *testing.T) {
	var vectors struct {
		Logs, Metrics []struct {
			Log, Metric json.RawMessage
			Bytes       uint64
		}
	}
	load(t, "sizes.json", &vectors)
	d := event.New()
	defer d.Release()
	for _, c := range vectors.Logs {
		if n := record.Log.Size(parse(t, d, c.Log)); n != c.Bytes {
			t.Errorf("%s: %d, want %d", c.Log, n, c.Bytes)
		}
	}
	for _, c := range vectors.Metrics {
		if n := record.Metric.Size(parse(t, d, c.Metric)); n != c.Bytes {
			t.Errorf("%s: %d, want %d", c.Metric, n, c.Bytes)
		}
	}
}

var kinds = map[string]record.Kind{"log": record.Log, "span": record.Span, "trace_metric": record.Metric}

func TestContainers(t *testing.T) {
	var vectors struct {
		Cases []struct {
			Item struct {
				Type        string
				ContentType string  `json:"content_type"`
				ItemCount   *uint32 `json:"item_count"`
			}
			Payload  json.RawMessage
			Outcome  []any
			Settings map[string]bool
		}
	}
	load(t, "container.json", &vectors)
	for _, c := range vectors.Cases {
		payload := strings.Replace(string(c.Payload), `"..."`, `{}`, 1)
		got, err := record.ParseContainer(kinds[c.Item.Type], c.Item.ContentType, c.Item.ItemCount, []byte(payload), 100)
		if bad := c.Outcome != nil; bad != errors.Is(err, record.ErrJSON) {
			t.Errorf("%+v %s: %v", c.Item, payload, err)
			continue
		}
		if err != nil {
			continue
		}
		if uint32(len(got.Members)) != *c.Item.ItemCount {
			t.Errorf("%d members", len(got.Members))
		}
		if s := c.Settings; s != nil && (got.Settings.InferIP != s["infer_ip"] || got.Settings.InferAgent != s["infer_user_agent"]) {
			t.Errorf("%s: %+v, want %v", payload, got.Settings, s)
		}
		got.Doc.Release()
	}
}

func TestContainerLimits(t *testing.T) {
	one := uint32(1)
	payload := `{"items":[{"a":[` + strings.Repeat("1,", 50) + `1]}]}`
	if _, err := record.ParseContainer(record.Log, record.ContentLog, &one, []byte(payload), 40); !errors.Is(err, record.ErrTooLarge) {
		t.Errorf("%v", err)
	}
	c, err := record.ParseContainer(record.Log, record.ContentLog, &one, []byte(`{"items":[{"__header":{"byte_size":7},"body":"x"}]}`), 100)
	if err != nil || c.Members[0].ByteSize != 7 || c.Members[0].Value.Get("__header") != nil {
		t.Errorf("%+v, %v", c, err)
	}
	for _, bad := range []string{`{"items":[5]}`, `{"items":[null]}`, `{"items":[{"__header":5}]}`, `{"items":[],"items":[{}]}`, `{"items":{}}`, `{}`, `[]`, `{"items":[{}]`} {
		if _, err := record.ParseContainer(record.Log, record.ContentLog, &one, []byte(bad), 100); !errors.Is(err, record.ErrJSON) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestRename(t *testing.T) {
	d := event.New()
	defer d.Release()
	v := parse(t, d, []byte(`{"attributes":{"http.method":{"type":"string","value":"GET"},"db.statement":{"type":"string","value":"SELECT 1"},"http.url":{"type":"string","value":"u"},"url.full":{"type":"string","value":"kept"}}}`))
	a := record.AttributesOf(d, v)
	a.Rename()
	for name, want := range map[string]string{"http.method": "GET", "http.request.method": "GET", "db.statement": "", "db.query.text": "SELECT 1", "url.full": "kept", "http.url": "u"} {
		if got := a.Plain(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestManyRenames: old names without number are looked up in time that grows with them.
func TestManyRenames(t *testing.T) {
	d := event.New()
	defer d.Release()
	var b strings.Builder
	const n = 20_000
	for i := range n {
		b.WriteString(`"url.path.params.` + strconv.Itoa(i) + `":{"type":"string","value":"x"},`)
	}
	v := parse(t, d, []byte(`{"attributes":{`+b.String()+`"url.path.parameter.5":{"type":"string","value":"kept"}}}`))
	a := record.AttributesOf(d, v)
	a.Rename()
	if a.Map.Len() != 2*n || a.Plain("url.path.parameter.5") != "kept" || a.Plain("url.path.parameter.7") != "x" {
		t.Errorf("%d attributes", a.Map.Len())
	}
}

func TestTimes(t *testing.T) {
	for _, c := range []struct {
		in, out string
		nanos   int64
	}{
		{`1700000000`, `1700000000.0`, 1700000000e9}, {`1700000000.123456`, `1700000000.123456`, 1700000000123456000}, {`1700000000.1234567`, `1700000000.123457`, 1700000000123457000},
		{`"2023-11-14T22:13:20.123456789Z"`, `1700000000.123456789`, 1700000000123456789}, {`"2023-11-14T22:13:20"`, `1700000000.0`, 1700000000e9}, {`"2023-11-14T23:13:20+01:00"`, `1700000000.0`, 1700000000e9},
		{`-1.5`, `-1.5`, -1500000000}, {`"x"`, `null`, 0}, {`true`, `null`, 0}, {`1e300`, `null`, 0},
	} {
		d := event.New()
		v := parse(t, d, []byte(`{"timestamp":`+c.in+`}`))
		record.Log.Open(d, v, random)
		at, ok := record.Time(v.Get("timestamp"))
		if got := string(v.Get("timestamp").AppendTo(nil)); got != c.out || ok != (c.out != "null") || ok && at.UnixNano() != c.nanos {
			t.Errorf("%s: %s, %v, want %s", c.in, got, at, c.out)
		}
		d.Release()
	}
}

// FuzzContainer: whatever a container holds, its members are read, checked and ordered without a panic, and stay JSON.
func FuzzContainer(f *testing.F) {
	f.Add([]byte(`{"version":2,"items":[{"timestamp":1,"trace_id":"5b8efff798038103d269b633813fc60c","attributes":{"http.method":{"type":"string","value":"x"},"a":5,"b":{}},"links":[{},null,5,{"trace_id":"x"}],"_meta":{"a":{"":{"err":["x"]}}}}]}`))
	f.Add([]byte(`{"items":[{"attributes":[1],"links":{"a":1},"start_timestamp":"2023-11-14T22:13:20Z"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, k := range []record.Kind{record.Span, record.Log, record.Metric} {
			one := uint32(1)
			c, err := record.ParseContainer(k, map[record.Kind]string{record.Span: record.ContentSpan, record.Log: record.ContentLog, record.Metric: record.ContentMetric}[k], &one, b, 1e5)
			if err != nil {
				continue
			}
			for _, m := range c.Members {
				k.Size(m.Value)
				k.Open(c.Doc, m.Value, random)
				a := record.AttributesOf(c.Doc, m.Value)
				a.Check()
				a.Rename()
				a.SetText("x", "y")
				k.Complete(c.Doc, m.Value)
				k.Order(c.Doc, m.Value)
				if text := c.Doc.AppendTree(nil, m.Value); !json.Valid(text) {
					t.Errorf("%s", text)
				}
			}
			c.Doc.Release()
		}
	})
}

func BenchmarkContainer(b *testing.B) {
	payload := []byte(`{"version":2,"items":[` + strings.TrimSuffix(strings.Repeat(`{"timestamp":1700000000.123456,"trace_id":"5b8efff798038103d269b633813fc60c","level":"info","body":"hello","attributes":{"a":{"type":"string","value":"x"},"n":{"type":"integer","value":1}}},`, 50), ",") + `]}`)
	n := uint32(50)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		c, err := record.ParseContainer(record.Log, record.ContentLog, &n, payload, 1e6)
		if err != nil {
			b.Fatal(err)
		}
		for _, m := range c.Members {
			record.Log.Open(c.Doc, m.Value, random)
		}
		c.Doc.Release()
	}
}

// TestRemovedInLink: an attribute of a link whose value a rule removed is complete, one that never had a value is not.
func TestRemovedInLink(t *testing.T) {
	d := event.New()
	defer d.Release()
	v, err := d.ParseText(`{"trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174","name":"n","status":"ok","start_timestamp":1,"end_timestamp":2,
		"links":[{"trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174","attributes":{"a":{"type":"string","value":null},"b":{"type":"string","value":null}}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	attributes := v.Get("links").Index(0).Get("attributes")
	removed := d.MetaOf(attributes.At("a", "value"))
	removed.Remarks = append(removed.Remarks, event.Remark{Rule: "x", Type: 'x'})
	if !record.Span.Complete(d, v) {
		t.Fatal("not complete")
	}
	if got, want := string(attributes.AppendTo(nil)), `{"a":{"type":"string","value":null},"b":null}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
