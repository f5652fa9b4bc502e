package scrub

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/codecs/event"
	"weir/codecs/project"
)

// defaults are the data scrubbing settings of a new Sentry project.
var defaults = project.Scrubbing{ScrubData: true, ScrubDefaults: true, ScrubIPAddresses: true}

// BenchmarkDefault scrubs whole events with the default settings. The payloads are what SDKs sent, in parsed form: an error
// of Node (few values that may hold personal data), an error of Flask with local variables and a request (many), a page
// load of a browser with its spans; and an error of a browser with a hundred breadcrumbs and a deep stack trace, made up.
func BenchmarkDefault(b *testing.B) {
	for _, name := range []string{"node_error", "flask_error", "browser_transaction", "browser_error_50k"} {
		b.Run(name, func(b *testing.B) {
			payload, err := os.ReadFile(filepath.Join("testdata", name+".json"))
			if name == "browser_error_50k" {
				payload, err = browserError(), nil
			}
			if err != nil {
				b.Fatal(err)
			}
			c, err := Compile(nil, defaults)
			if err != nil {
				b.Fatal(err)
			}
			docs := make([]*event.Doc, 16)
			b.SetBytes(int64(len(payload) * len(docs)))
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				for i := range docs {
					if docs[i], err = event.Parse(payload); err != nil {
						b.Fatal(err)
					}
				}
				b.StartTimer()
				for i := range docs {
					c.Event(docs[i])
				}
				b.StopTimer()
				for i := range docs {
					docs[i].Release()
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(docs)), "ns/event")
		})
	}
}

// browserError is an error of 50 kB as a browser's SDK sends it after a long session.
func browserError() []byte {
	var crumbs, frames []string
	for i := range 100 {
		crumbs = append(crumbs, fmt.Sprintf(`{"timestamp":1795428000.%03d,"category":"fetch","type":"http","level":"info","message":"loaded part %d of the page","data":{"method":"GET","url":"https://shop.example.com/api/v1/items/%d?page=2&sort=price","status_code":200,"request_body_size":0,"response_body_size":%d}}`, i, i, i*7, i*311))
	}
	for i := range 60 {
		frames = append(frames, fmt.Sprintf(`{"function":"render%d","filename":"https://shop.example.com/static/js/main.4f3a2b1c.chunk.js","abs_path":"https://shop.example.com/static/js/main.4f3a2b1c.chunk.js","lineno":2,"colno":%d,"in_app":true}`, i, 1000+i*37))
	}
	return []byte(`{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","level":"error","platform":"javascript","exception":{"values":[{"type":"TypeError","value":"Cannot read properties of undefined (reading 'price')","stacktrace":{"frames":[` +
		strings.Join(frames, ",") + `]}}]},"breadcrumbs":{"values":[` + strings.Join(crumbs, ",") + `]},"request":{"url":"https://shop.example.com/cart","headers":[["User-Agent","Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"],["Referer","https://shop.example.com/"]]},` +
		`"user":{"id":"815","ip_address":"203.0.113.77","email":"jane@example.com"},"tags":[["route","/cart"]],"extra":{"cart":{"items":[1,2,3],"coupon":"SPRING"},"sessionToken":"abc"}}`)
}

// BenchmarkCompile compiles settings that no other project shares.
func BenchmarkCompile(b *testing.B) {
	settings := defaults
	settings.SensitiveFields = []string{"customer_no"}
	settings.ExcludeFields = []string{"order.*"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compile(nil, settings); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAttachment scrubs 1 MB of log lines with the rules of @common.
func BenchmarkAttachment(b *testing.B) {
	c, err := Compile([]byte(`{"applications":{"$attachments.'app.log'":["@common"]}}`), project.Scrubbing{})
	if err != nil {
		b.Fatal(err)
	}
	line := "2026-11-23T07:06:56.245Z INFO  shop.checkout request 4711 of user 815 took 13 ms, cache miss, path /srv/app/orders\n"
	content := []byte(strings.Repeat(line, 1<<20/len(line)))
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		c.Attachment("app.log", content)
	}
}
