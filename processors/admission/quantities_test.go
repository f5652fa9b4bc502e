package admission

import (
	"slices"
	"testing"

	"weir/codecs/envelope"
	"weir/codecs/outcome"
)

func ptr(n uint32) *uint32 { return &n }

func TestQuantities(t *testing.T) {
	three := ptr(3)
	for _, c := range []struct {
		item itemSpec
		want []quantity
	}{
		{itemSpec{Type: "event", ItemCount: three}, []quantity{{"error", 1}}},
		{itemSpec{Type: "unreal_report"}, []quantity{{"error", 1}}},
		{itemSpec{Type: "transaction", SpanCount: three}, []quantity{{"transaction", 1}, {"transaction_indexed", 1}, {"span", 4}, {"span_indexed", 4}}},
		{itemSpec{Type: "transaction"}, []quantity{{"transaction", 1}, {"transaction_indexed", 1}, {"span", 1}, {"span_indexed", 1}}},
		{itemSpec{Type: "security"}, []quantity{{"security", 1}}},
		{itemSpec{Type: "raw_security"}, []quantity{{"security", 1}}},
		{itemSpec{Type: "feedback"}, []quantity{{"feedback", 1}}},
		{itemSpec{Type: "user_report"}, []quantity{{"feedback", 1}}},
		{itemSpec{Type: "attachment", Length: 9}, []quantity{{"attachment", 9}, {"attachment_item", 1}}},
		{itemSpec{Type: "attachment", ItemCount: three}, []quantity{{"attachment", 1}, {"attachment_item", 1}}},
		{itemSpec{Type: "attachment", AttachmentType: "event.minidump", Length: 9}, []quantity{{"attachment", 9}, {"attachment_item", 1}}},
		{itemSpec{Type: "form_data", Length: 9}, nil},
		{itemSpec{Type: "session"}, []quantity{{"session", 1}}},
		{itemSpec{Type: "sessions", ItemCount: three}, []quantity{{"session", 3}}},
		{itemSpec{Type: "check_in", ItemCount: three}, []quantity{{"monitor", 3}}},
		{itemSpec{Type: "client_report", ItemCount: three}, nil},
		{itemSpec{Type: "metric_buckets", ItemCount: three}, nil},
		{itemSpec{Type: "log", ItemCount: three, Length: 10}, []quantity{{"log_item", 3}, {"log_byte", 10}}},
		{itemSpec{Type: "log"}, []quantity{{"log_item", 1}, {"log_byte", 1}}},
		{itemSpec{Type: "trace_metric", ItemCount: three, Length: 10}, []quantity{{"trace_metric", 3}, {"trace_metric_byte", 10}}},
		{itemSpec{Type: "span", ItemCount: three}, []quantity{{"span", 3}, {"span_indexed", 3}}},
		{itemSpec{Type: "replay_event"}, []quantity{{"replay", 1}}},
		{itemSpec{Type: "replay_recording"}, []quantity{{"replay", 1}}},
		{itemSpec{Type: "replay_video"}, []quantity{{"replay", 1}}},
		{itemSpec{Type: "profile", ItemCount: ptr(2)}, []quantity{{"profile", 2}, {"profile_indexed", 2}}},
		{itemSpec{Type: "profile", Platform: "cocoa"}, []quantity{{"profile", 1}, {"profile_indexed", 1}, {"profile_ui", 1}}},
		{itemSpec{Type: "profile", Platform: "python"}, []quantity{{"profile", 1}, {"profile_indexed", 1}, {"profile_backend", 1}}},
		{itemSpec{Type: "profile_chunk"}, nil},
		{itemSpec{Type: "profile_chunk", Platform: "android"}, []quantity{{"profile_chunk_ui", 1}}},
		{itemSpec{Type: "profile_chunk", Platform: "go"}, []quantity{{"profile_chunk", 1}}},
		{itemSpec{Type: "zebra", Length: 10, ItemCount: three}, nil},
		{itemSpec{Type: "integration", Length: 10, ItemCount: three}, []quantity{{"log_item", 1}, {"log_byte", 10}}},
	} {
		e := build(c.item)
		if got := named(Quantities(&e.Items[0])); !slices.Equal(got, sorted(c.want)) {
			t.Errorf("%+v: %v, want %v", c.item, got, c.want)
		}
	}
	limited := envelope.Item{Type: "attachment", RateLimited: true, Payload: []byte("x")}
	unknown := envelope.Item{Type: "attachment", Unknown: true, Payload: []byte("x")}
	spans := envelope.Item{Type: "integration", ContentType: IntegrationSpans + "+json", Payload: []byte("x")}
	if Quantities(&limited) != nil || Quantities(&unknown) != nil {
		t.Error("limited and unknown attachments count nothing")
	}
	if got := named(Quantities(&spans)); !slices.Equal(got, []quantity{{"span", 1}, {"span_indexed", 1}}) {
		t.Errorf("%v", got)
	}
}

func named(list []outcome.Quantity) []quantity {
	var out []quantity
	for _, q := range list {
		out = append(out, quantity{q.Category.String(), q.N})
	}
	return out
}

func TestEnvelopeQuantities(t *testing.T) {
	for name, c := range map[string]struct {
		items []itemSpec
		want  []quantity
	}{
		"two events":             {[]itemSpec{{Type: "event"}, {Type: "event"}}, []quantity{{"error", 1}}},
		"the first decides":      {[]itemSpec{{Type: "session"}, {Type: "feedback"}, {Type: "event"}, {Type: "user_report"}}, []quantity{{"session", 1}, {"feedback", 2}}},
		"transaction":            {[]itemSpec{{Type: "transaction", SpanCount: ptr(2)}, {Type: "span"}}, []quantity{{"transaction", 1}, {"transaction_indexed", 1}, {"span", 4}, {"span_indexed", 4}}},
		"error with transaction": {[]itemSpec{{Type: "event"}, {Type: "transaction"}}, []quantity{{"error", 1}, {"span", 1}, {"span_indexed", 1}}},
		"crash file":             {[]itemSpec{{Type: "attachment", Length: 3, AttachmentType: "event.minidump"}}, []quantity{{"error", 1}, {"attachment", 3}, {"attachment_item", 1}}},
		"nothing":                {[]itemSpec{{Type: "client_report"}, {Type: "form_data"}, {Type: "zebra"}}, nil},
	} {
		if got := named(EnvelopeQuantities(build(c.items...))); !slices.Equal(got, sorted(c.want)) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestEventCategory(t *testing.T) {
	for kind, want := range map[string]outcome.Category{
		"": outcome.Unknown, "event.attachment": outcome.Unknown, "event.view_hierarchy": outcome.Unknown, "event.minidump": outcome.Error,
		"event.applecrashreport": outcome.Error, "event.payload": outcome.Error, "event.breadcrumbs": outcome.Error,
	} {
		it := &build(itemSpec{Type: "attachment", AttachmentType: kind}).Items[0]
		if got := eventCategory(classOf(it), it); got != want {
			t.Errorf("%s: %v", kind, got)
		}
	}
}

func TestCountSpans(t *testing.T) {
	for text, want := range map[string]uint64{
		``: 0, `[]`: 0, `{}`: 0, `{"spans":[]}`: 0, `{"spans":null}`: 0, `{"spans":{"a":1}}`: 0, `{"spans":[1,"x",null,{},[]]}`: 5,
		` { "a" : "\"spans\":[1]" , "spans" : [ {"x":"]"} , 2 ] , "b":[1,2,3] } `: 2, `{"spans":[{"a":[1,2]},{"b":{}}`: 2, `{"spans"`: 0,
		`{"a":{"spans":[1,2]}}`: 0, `{"spans":[1],"spans":[1,2]}`: 2, `{"x":"\\","spans":[0]}`: 1, `{"spans":[1}`: 1, `{"a"1}`: 0,
	} {
		if got := countSpans([]byte(text)); got != want {
			t.Errorf("%s: %d, want %d", text, got, want)
		}
	}
}

func FuzzCountSpans(f *testing.F) {
	f.Add([]byte(`{"spans":[1,"x",{"a":["]"]}],"b":null}`))
	f.Add([]byte(`{"a":[[],{}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := countSpans(b); n > uint64(len(b)) {
			t.Fatalf("%d spans in %d bytes", n, len(b))
		}
	})
}
