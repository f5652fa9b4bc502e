package nel_test

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"weir/codecs/casefile"
	"weir/codecs/event"
	"weir/codecs/nel"
)

var received = time.Unix(1700000005, 0).UTC()

func context(d *event.Doc) nel.Context {
	return nel.Context{Doc: d, Received: received, Random: func(i int) [16]byte { return [16]byte{0: 1, 15: byte(i)} }, Host: func(s string) (string, bool) {
		u, err := url.Parse(s)
		return u.Hostname(), err == nil && u.Host != ""
	}}
}

func TestLogs(t *testing.T) {
	var v struct {
		In  json.RawMessage
		Log struct {
			Level, Body string
			Attributes  map[string]json.RawMessage
		}
	}
	casefile.JSON(t, "testdata/nel.json", &v)
	d := event.New()
	defer d.Release()
	logs, err := nel.Logs(context(d), v.In)
	if err != nil || len(logs) != 1 {
		t.Fatalf("%d logs, %v", len(logs), err)
	}
	if l := logs[0]; l.Get("level").Text() != v.Log.Level || l.Get("body").Text() != v.Log.Body || string(l.Get("timestamp").AppendTo(nil)) != "1699998805.0" {
		t.Errorf("%s", l.AppendTo(nil))
	}
	attributes := logs[0].Get("attributes")
	for name, want := range v.Log.Attributes {
		if x, err := d.ParseText(string(want)); err != nil || !attributes.Get(name).Equal(x) {
			t.Errorf("%s: %s, want %s", name, attributes.Get(name).AppendTo(nil), want)
		}
	}
	if attributes.Len() != len(v.Log.Attributes) {
		t.Errorf("%d attributes, want %d", attributes.Len(), len(v.Log.Attributes))
	}
}

// TestReports: what reports may lack, and what does not count because of its type.
func TestReports(t *testing.T) {
	for _, c := range []struct{ report, level, body, attribute, value string }{
		{`{"body":{}}`, "warn", "error type is unknown", "nel.type", "null"},
		{`{"body":{"type":"ok"}}`, "info", "ok", "nel.type", `"ok"`},
		{`{"body":{"type":"my.own"}}`, "warn", "my.own", "nel.type", `"my.own"`},
		{`{"body":{"type":"http.error"}}`, "warn", "The user agent successfully received a response, but it had a 0 status code", "http.response.status_code", "null"},
		{`{"body":{"type":"http.error","status_code":"500"}}`, "warn", "The user agent successfully received a response, but it had a 0 status code", "http.response.status_code", "null"},
		{`{"body":{"protocol":"h2"}}`, "warn", "error type is unknown", "network.protocol.version", "null"},
		{`{"body":{"protocol":"a/b/c"}}`, "warn", "error type is unknown", "network.protocol.version", `"b"`},
		{`{"body":{"elapsed_time":1.5}}`, "warn", "error type is unknown", "http.request.duration", "1"},
		{`{"body":{"server_ip":"x"}}`, "warn", "error type is unknown", "server.address", "null"},
		{`{"body":{"sampling_fraction":1}}`, "warn", "error type is unknown", "nel.sampling_fraction", "1.0"},
		{`{"url":"no url","body":{}}`, "warn", "error type is unknown", "url.domain", `"no url"`},
		{`{"url":"http://u:p@h.x:81/p?q#f","body":{}}`, "warn", "error type is unknown", "url.domain", `"h.x"`},
	} {
		d := event.New()
		logs, err := nel.Logs(context(d), []byte("["+c.report+"]"))
		if err != nil || len(logs) != 1 {
			t.Fatalf("%s: %d logs, %v", c.report, len(logs), err)
		}
		value := string(logs[0].Get("attributes").Get(c.attribute).Get("value").AppendTo(nil))
		if l := logs[0]; l.Get("level").Text() != c.level || l.Get("body").Text() != c.body || value != c.value {
			t.Errorf("%s: %s", c.report, l.AppendTo(nil))
		}
		d.Release()
	}
}

func TestList(t *testing.T) {
	d := event.New()
	defer d.Release()
	for _, bad := range []string{`{}`, `x`, `null`, ``, `[`} {
		if _, err := nel.Logs(context(d), []byte(bad)); err == nil {
			t.Errorf("%q is a list", bad)
		}
	}
	logs, err := nel.Logs(context(d), []byte(`[5,null,{},{"body":null},{"body":[]},{"body":{}}]`))
	if err != nil || len(logs) != 1 {
		t.Errorf("%d logs, %v", len(logs), err)
	}
}

func FuzzLogs(f *testing.F) {
	f.Add([]byte(`[{"age":1,"url":"https://h","body":{"type":"http.error","status_code":500,"protocol":"http/1.1","server_ip":"::1","sampling_fraction":1e400}}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := event.New()
		defer d.Release()
		logs, _ := nel.Logs(context(d), b)
		for _, v := range logs {
			if text := v.AppendTo(nil); !json.Valid(text) {
				t.Errorf("%s", text)
			}
		}
	})
}
