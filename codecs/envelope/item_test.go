package envelope

import (
	"strings"
	"testing"
)

func item(t *testing.T, header, payload string) *Item {
	t.Helper()
	e, err := Parse([]byte("{}\n" + header + "\n" + payload))
	if err != nil {
		t.Fatalf("%s: %v", header, err)
	}
	return &e.Items[0]
}

func TestItemMembers(t *testing.T) {
	it := item(t, `{"type":"profile","content_type":"Text/Plain","filename":"","item_count":3,"platform":"cocoa","span_count":2,"fully_normalized":true,"sampled":false,"meta_length":1,"span_id":null,"sentry_release":"r","sentry_environment":"e","zz":[1]}`, "")
	if it.Unknown || it.ContentType != "Text/Plain" || !it.HasFilename || it.Count() != 3 || it.Platform != "cocoa" || *it.SpanCount != 2 || !it.FullyNormal || *it.Sampled ||
		*it.MetaLength != 1 || it.Release != "r" || it.Environment != "e" {
		t.Errorf("%+v", it)
	}
	if raw, ok := it.Member("span_id"); !ok || string(raw) != "null" {
		t.Errorf("span_id %q %v", raw, ok)
	}
	if raw, ok := it.Member("zz"); !ok || string(raw) != "[1]" {
		t.Errorf("zz %q %v", raw, ok)
	}
	if _, ok := it.Member("filename"); ok {
		t.Error("filename is kept twice")
	}
}

func TestItemMembersOfWrongType(t *testing.T) {
	it := item(t, `{"type":"attachment","content_type":[],"filename":5,"item_count":"x","platform":1,"span_count":-1,"fully_normalized":"y","sampled":0,"meta_length":4294967296,"rate_limited":true}`, "ab")
	if it.Unknown || it.ContentType != "" || it.HasFilename || it.ItemCount != nil || it.Platform != "" || it.SpanCount != nil || it.FullyNormal || it.Sampled != nil || it.MetaLength != nil || it.RateLimited {
		t.Errorf("%+v", it)
	}
	if len(it.Other) != 9 {
		t.Errorf("%d members are kept", len(it.Other))
	}
	n := uint32(7)
	it.ItemCount, it.HasFilename = &n, true
	again := item(t, string(it.appendHeader(nil)), "ab")
	if again.ItemCount == nil || *again.ItemCount != 7 || !again.HasFilename || len(again.Other) != 7 {
		t.Errorf("%+v", again)
	}
}

func TestRepeatedMembersCountLast(t *testing.T) {
	it := item(t, `{"type":"attachment","attachment_type":"event.minidump","attachment_type":"x","item_count":1,"item_count":"x","filename":"a","filename":"b"}`, "")
	if !it.Unknown || it.CreatesEvent() || it.ItemCount != nil || it.Filename != "b" {
		t.Errorf("%+v", it)
	}
	it = item(t, `{"type":"attachment","attachment_type":"x","attachment_type":"event.minidump"}`, "")
	if it.Unknown || !it.CreatesEvent() || len(it.Other) != 0 {
		t.Errorf("%+v", it)
	}
	if _, err := Parse([]byte("{}\n" + `{"type":"attachment","type":"event"}`)); err == nil {
		t.Error("two types")
	}
}

func TestTooManyMembers(t *testing.T) {
	const head = "{}\n" + `{"type":"event"`
	if _, err := Parse([]byte(head + strings.Repeat(`,"":0`, MaxMembers) + "}")); err != nil {
		t.Error(err)
	}
	if _, err := Parse([]byte(head + strings.Repeat(`,"":0`, MaxMembers+1) + "}")); err == nil {
		t.Error("no error")
	}
}

func TestTypes(t *testing.T) {
	creates := map[string]bool{TypeEvent: true, TypeTransaction: true, TypeSecurity: true, TypeRawSecurity: true, TypeFeedback: true, TypeUnrealReport: true}
	requires := map[string]bool{TypeUserReport: true, TypeAttachment: true, TypeFormData: true, TypeReplayEvent: true, TypeProfile: true}
	for i := range knownTypes {
		it := Item{Type: knownTypes[i].name}
		if it.CreatesEvent() != creates[it.Type] {
			t.Errorf("%s creates an event: %v", it.Type, it.CreatesEvent())
		}
		if it.RequiresEvent() != (creates[it.Type] || requires[it.Type]) {
			t.Errorf("%s requires an event: %v", it.Type, it.RequiresEvent())
		}
		if !KnownType(it.Type) {
			t.Errorf("%s is unknown", it.Type)
		}
	}
	for _, name := range []string{"Event", "statsd", "nel", "otel_span", "otel_traces_data", "user_report_v2", ""} {
		if KnownType(name) {
			t.Errorf("%q is known", name)
		}
	}
}

func TestAttachmentTypes(t *testing.T) {
	creates := map[string]bool{AttachmentMinidump: true, AttachmentAppleCrash: true, AttachmentPayload: true, AttachmentBreadcrumbs: true, AttachmentProsperodump: true, AttachmentSwitchDying: true, AttachmentGPUDump: true}
	for _, k := range knownAttachmentTypes {
		it := item(t, `{"type":"attachment","attachment_type":"`+k.name+`"}`, "")
		if it.Unknown || it.Kind() != k.name || it.CreatesEvent() != creates[k.name] {
			t.Errorf("%s: %+v", k.name, it)
		}
	}
	if it := item(t, `{"type":"attachment","filename":"dying_message.dat"}`, "sntr.."); it.Kind() != AttachmentSwitchDying || !it.CreatesEvent() {
		t.Errorf("%+v", it)
	}
	if it := item(t, `{"type":"user_report","attachment_type":"event.minidump"}`, "{}"); it.Unknown || it.CreatesEvent() || it.Kind() != "" {
		t.Errorf("%+v", it)
	}
	if it := item(t, `{"type":"event","attachment_type":null}`, "{}"); !it.Unknown || !it.CreatesEvent() {
		t.Errorf("%+v", it)
	}
}

func TestContentTypes(t *testing.T) {
	for in, want := range map[string]string{
		"application/json": ContentJSON, "APPLICATION/Json": ContentJSON, `application/json ; charset="UTF-8"`: ContentJSON, "application/json;charset=utf-8": ContentJSON,
		"application/json; charset=latin1": "", "application/json; a=b": "", "application/json;": "", "text/plain": "text/plain", "text/plain; charset=utf-8": "", "application/xml": "text/xml",
		"application/vnd.sentry.attachment.v2": ContentTraceAttachment, "application/vnd.sentry.items.log+json": ContentLogs, "image/png": "", "": "", "application/jsonx": "",
	} {
		if got := CanonicalContentType(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if !(&Item{ContentType: ContentSpans}).IsContainer() || (&Item{ContentType: ContentJSON}).IsContainer() {
		t.Error("containers")
	}
}

func TestCount(t *testing.T) {
	n := uint32(5)
	for name, want := range map[string]uint64{TypeLog: 5, TypeSession: 5, "zebra": 5, TypeEvent: 1, TypeReplayVideo: 1} {
		if got := (&Item{Type: name, ItemCount: &n}).Count(); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}
