package main

import (
	"testing"
	"time"

	"weir/codecs/envelope"
)

func TestParseWhen(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"now": "2026-11-23T10:00:00Z", "-1h": "2026-11-23T09:00:00Z", "-90m": "2026-11-23T08:30:00Z", "-7d": "2026-11-16T10:00:00Z", "-1d12h": "2026-11-21T22:00:00Z",
		"2026-11-23T11:00:00+02:00": "2026-11-23T09:00:00Z", "2026-11-23T09:00:00.5Z": "2026-11-23T09:00:00.5Z",
		"": "", "-": "", "--1h": "", "1h": "", "-1x": "", "yesterday": "", "-d": "", "2026-11-23": "",
	} {
		got, err := parseWhen(text, now)
		if (err != nil) != (want == "") {
			t.Errorf("%q: %v", text, err)
		}
		if err == nil && got.Format(time.RFC3339Nano) != want {
			t.Errorf("%q: %s, want %s", text, got.Format(time.RFC3339Nano), want)
		}
	}
}

func TestWhere(t *testing.T) {
	e := &envelope.Envelope{Items: []envelope.Item{
		{Type: envelope.TypeAttachment, Payload: []byte("x")},
		{Type: envelope.TypeEvent, Payload: []byte(`{"release":"web@1.2.3","sentry.interfaces.User":{"id":5},"tags":{"a":"b"}}`)},
	}}
	for text, want := range map[string]bool{
		"event.release=web@1.2.*": true, "event.release=web@2.*": false, "event.release!=web@2.*": true, `event.user.id="5"`: true,
		"event.release=web@1.2.3 && event.tags.a=b": true, "event.release=web@1.2.3&&event.tags.a=c": false,
		`{"op":"or","inner":[{"op":"eq","name":"event.tags.a","value":"x"},{"op":"eq","name":"event.user.id","value":"5"}]}`: true,
	} {
		f, err := parseWhere(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := f(nil, e); got != want {
			t.Errorf("%s: %v", text, got)
		}
		if f(nil, &envelope.Envelope{Items: e.Items[:1]}) {
			t.Errorf("%s fits an envelope without an event", text)
		}
	}
	for _, text := range []string{"release=1", "event.release", "=1", "{", `{"op":"eq"}`, "a && b"} {
		if _, err := parseWhere(text); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}
