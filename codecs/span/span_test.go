package span_test

import (
	"encoding/json"
	"testing"
	"time"

	"weir/codecs/casefile"
	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/record"
	"weir/codecs/span"
)

func load(t testing.TB, file string, into any) {
	casefile.JSON(t, "testdata/"+file, into)
}

func parse(t testing.TB, d *event.Doc, text []byte) *event.Value {
	v, err := d.ParseText(string(text))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// TestConvert goes through the examples of the contract; names are inferred where they say so.
func TestConvert(t *testing.T) {
	var vectors struct {
		Cases []struct {
			Case      string
			InferName bool `json:"infer_name"`
			In, Out   json.RawMessage
		}
	}
	load(t, "span_v1_to_v2.json", &vectors)
	for _, v := range vectors.Cases {
		d := event.New()
		in := parse(t, d, v.In)
		before := string(in.AppendTo(nil))
		got := span.NewConverter(d).Convert(in, nil)
		a := record.AttributesOf(d, got)
		if v.InferName {
			if name, ok := span.InferName(&a); ok && got.Get("name") == nil {
				got.Insert(2, "name", d.NewString(name))
			}
		}
		if want := string(parse(t, d, v.Out).AppendTo(nil)); string(got.AppendTo(nil)) != want {
			t.Errorf("%s:\n got %s\nwant %s", v.Case, got.AppendTo(nil), want)
		}
		if after := string(in.AppendTo(nil)); after != before {
			t.Errorf("%s: the span itself has become %s", v.Case, after)
		}
		if v.Case == "plain" {
			list := got.Get("attributes").Get("list")
			if e := list.Meta(); !e.HasErrors() || e.Errors[0].Kind != event.InvalidData {
				t.Errorf("a nested value left %+v", e)
			}
		}
		d.Release()
	}
}

func TestNames(t *testing.T) {
	var vectors struct {
		Cases []struct {
			Attributes map[string]json.RawMessage
			Name       *string
		}
	}
	load(t, "span_name.json", &vectors)
	for _, v := range vectors.Cases {
		d := event.New()
		a := record.AttributesOf(d, d.NewObject(1))
		for name, value := range v.Attributes {
			a.Set(name, record.TypeString, parse(t, d, value))
		}
		got, ok := span.InferName(&a)
		if ok != (v.Name != nil) || ok && got != *v.Name {
			t.Errorf("%s: %q %v", v.Attributes, got, ok)
		}
		d.Release()
	}
}

func TestDescriptions(t *testing.T) {
	for _, c := range []struct{ attributes, name, want string }{
		{`{"sentry.op":{"value":"http.client"},"http.request.method":{"value":"GET"},"url.full":{"value":"https://h/x"}}`, "n", "GET https://h/x"},
		{`{"sentry.op":{"value":"db"},"db.query.text":{"value":"SELECT 1"}}`, "n", "SELECT 1"},
		{`{"sentry.op":{"value":"db"},"sentry.origin":{"value":"manual"},"db.query.text":{"value":"SELECT 1"}}`, "my name", "my name"},
		{`{"sentry.op":{"value":"unheard.of"}}`, "n", ""},
	} {
		d := event.New()
		member := d.NewObject(1)
		member.Set("attributes", parse(t, d, []byte(c.attributes)))
		a := record.AttributesOf(d, member)
		if got, _ := span.InferDescription(&a, c.name); got != c.want {
			t.Errorf("%s: %q", c.attributes, got)
		}
		d.Release()
	}
}

func TestMessage(t *testing.T) {
	d := event.New()
	defer d.Release()
	v := parse(t, d, []byte(`{"trace_id":"a0fa8803753e40fd8124b21eeb2986b5","name":"n"}`))
	m := span.Message{Org: 1, Project: 42, Key: 123, EventID: envelope.EventID{15: 1}, Received: time.Unix(1700000000, 123456489), RetentionDays: 90, Downsampled: 30, Issues: true, Doc: d, Span: v}
	want := `{"organization_id":1,"project_id":42,"key_id":123,"event_id":"00000000000000000000000000000001","received":1700000000.123456,"retention_days":90,"downsampled_retention_days":30,` +
		`"_performance_issues_spans":true,"trace_id":"a0fa8803753e40fd8124b21eeb2986b5","name":"n"}`
	if got := string(span.AppendMessage(nil, &m)); got != want {
		t.Errorf("%s", got)
	}
	d.AddRemark(v.Get("name"), event.Remark{Rule: "r", Type: 'x'})
	m = span.Message{Org: 1, Project: 42, Received: time.Unix(1, 0), Doc: d, Span: v}
	want = `{"organization_id":1,"project_id":42,"received":1.0,"retention_days":0,"downsampled_retention_days":0,"trace_id":"a0fa8803753e40fd8124b21eeb2986b5","name":"n","_meta":{"name":{"":{"rem":[["r","x"]]}}}}`
	if got := string(span.AppendMessage(nil, &m)); got != want {
		t.Errorf("%s", got)
	}
}

// FuzzConvert: whatever JSON is converted, the result is JSON, sorted, and converting it does not change the source.
func FuzzConvert(f *testing.F) {
	var vectors struct {
		Cases []struct{ In json.RawMessage }
	}
	load(f, "span_v1_to_v2.json", &vectors)
	for _, v := range vectors.Cases {
		f.Add([]byte(v.In))
	}
	f.Add([]byte(`{"data":{"a":[{}],"b":{"c":null},"d":99999999999999999999},"tags":{"":"x"},"sentry_tags":{"x":"y"},"links":[null,{"attributes":{"a":[1]}}],"measurements":{"m":{"value":1}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := event.New()
		defer d.Release()
		in, err := d.ParseText(string(b))
		if err != nil {
			return
		}
		before := string(in.AppendTo(nil))
		got := span.NewConverter(d).Convert(in, &span.Segment{ID: d.NewString("x"), ClientRate: 0.5})
		text := span.AppendMessage(nil, &span.Message{Doc: d, Span: got})
		if !json.Valid(text) {
			t.Errorf("%s", text)
		}
		members := got.Get("attributes").Members()
		for i := 1; i < len(members); i++ {
			if members[i-1].Key >= members[i].Key {
				t.Errorf("%q stands before %q", members[i-1].Key, members[i].Key)
			}
		}
		if after := string(in.AppendTo(nil)); after != before {
			t.Errorf("%s has become %s", before, after)
		}
	})
}
