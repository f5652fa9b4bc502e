package vercel_test

import (
	"encoding/json"
	"strings"
	"testing"

	"weir/codecs/event"
	"weir/codecs/vercel"
)

const entry = `{"id":"1","deploymentId":"dpl_233","source":"build","host":"my.vercel.app","timestamp":1700000000005,"projectId":"gdu","level":"warning","message":"Build done",
"type":"stdout","requestId":"643af4e3-975a-4cc7-9e7a-1eda11539d90","statusCode":200,"environment":"production","proxy":{"timestamp":1700000000000,"userAgent":["Mozilla/5.0"],"clientIp":"1.2.3.4"},"unknown":[1]}`

func context(d *event.Doc) vercel.Context {
	return vercel.Context{Doc: d, Random: func(i int) [16]byte { return [16]byte{0: 1, 15: byte(i)} }}
}

func TestEntry(t *testing.T) {
	d := event.New()
	defer d.Release()
	logs, err := vercel.List(context(d), []byte("["+entry+"]"))
	if err != nil || len(logs) != 1 {
		t.Fatalf("%d logs, %v", len(logs), err)
	}
	want := `{"attributes":{"sentry.origin":{"type":"string","value":"auto.log_drain.vercel"},"vercel.id":{"type":"string","value":"1"},"vercel.deployment_id":{"type":"string","value":"dpl_233"},` +
		`"vercel.source":{"type":"string","value":"build"},"server.address":{"type":"string","value":"my.vercel.app"},"vercel.project_id":{"type":"string","value":"gdu"},` +
		`"vercel.log_type":{"type":"string","value":"stdout"},"vercel.status_code":{"type":"integer","value":200},"vercel.request_id":{"type":"string","value":"643af4e3-975a-4cc7-9e7a-1eda11539d90"},` +
		`"sentry.environment":{"type":"string","value":"production"},"vercel.proxy.timestamp":{"type":"integer","value":1700000000000},"vercel.proxy.client_ip":{"type":"string","value":"1.2.3.4"},` +
		`"vercel.proxy.user_agent":{"type":"string","value":"[\"Mozilla/5.0\"]"}},"timestamp":1700000000.005,"trace_id":"643af4e3975a4cc79e7a1eda11539d90","level":"warn","body":"Build done"}`
	if got := string(logs[0].AppendTo(nil)); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range [][2]string{
		{`"level":"warning"`, `"level":"debug"`}, {`"id":"1",`, ``}, {`1700000000005`, `1.5`}, {`1700000000005`, `"x"`}, {`"statusCode":200`, `"statusCode":"200"`}, {`"Build done"`, `5`},
		{`["Mozilla/5.0"]`, `"x"`}, {`"projectId":"gdu"`, `"projectId":null`},
	} {
		changed := strings.Replace(entry, c[0], c[1], 1)
		d := event.New()
		if _, err := vercel.List(context(d), []byte("["+entry+","+changed+"]")); err == nil {
			t.Errorf("%s is read", c[1])
		}
		line := strings.ReplaceAll(changed, "\n", "")
		if logs, err := vercel.Lines(context(d), []byte("bad\n"+line+"\n"+strings.ReplaceAll(entry, "\n", "")+"\n")); err != nil || len(logs) != 1 {
			t.Errorf("%s: %d lines, %v", c[1], len(logs), err)
		}
		d.Release()
	}
	d := event.New()
	defer d.Release()
	for _, bad := range []string{`[]`, `{}`, ``, `[1]`} {
		if _, err := vercel.List(context(d), []byte(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
	if _, err := vercel.Lines(context(d), []byte("{}\nx\n")); err == nil {
		t.Error("lines without an entry are read")
	}
}

func FuzzEntries(f *testing.F) {
	f.Add([]byte("[" + entry + "]"))
	f.Add([]byte(strings.ReplaceAll(entry, "\n", "")))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := event.New()
		defer d.Release()
		list, _ := vercel.List(context(d), b)
		lines, _ := vercel.Lines(context(d), b)
		for _, v := range append(list, lines...) {
			if text := v.AppendTo(nil); !json.Valid(text) {
				t.Errorf("%s", text)
			}
		}
	})
}
