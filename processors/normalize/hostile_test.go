package normalize

import (
	"fmt"
	"strings"
	"testing"

	"weir/codecs/event"
)

// hostile makes payloads of about n bytes that cost as much as possible: the time has to grow with n, not faster.
var hostile = []struct {
	name string
	make func(n int) string
}{
	{"long name", func(n int) string { return hostileTransaction(strings.Repeat("a/1", n/3), "[]") }},
	{"long hex name", func(n int) string { return hostileTransaction("/"+strings.Repeat("ab1-", n/4), "[]") }},
	{"bad tags", func(n int) string { return `{"tags":[` + strings.Repeat(`5,`, n/2) + `5]}` }},
	{"bad breadcrumbs", func(n int) string { return `{"breadcrumbs":[` + strings.Repeat(`1,`, n/2) + `{}]}` }},
	{"bad exceptions", func(n int) string { return `{"exception":[` + strings.Repeat(`{"a":1},`, n/8) + `{}]}` }},
	{"many tags", func(n int) string {
		var b strings.Builder
		for i := range n / 14 {
			fmt.Fprintf(&b, `["k%d","v"],`, i)
		}
		return `{"tags":[` + b.String() + `["a","b"]]}`
	}},
	{"spans", func(n int) string {
		const span = `{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2","span_id":"fa90fdead5f74053","parent_span_id":"fa90fdead5f74052","start_timestamp":1767322801,"timestamp":1767322802,"op":"db.sql.query","description":"SELECT a FROM b WHERE c IN (1,2)"},`
		list := strings.Repeat(span, n/len(span)+1)
		return hostileTransaction("x", "["+list[:len(list)-1]+"]")
	}},
	{"header values", func(n int) string { return `{"request":{"headers":[["a",[` + strings.Repeat(`"x",`, n/4) + `1]]]}}` }},
	{"cookies", func(n int) string { return `{"request":{"cookies":"` + strings.Repeat("a=%20;b;=c;", n/11) + `"}}` }},
	{"query string", func(n int) string { return `{"request":{"url":"http://a/?` + strings.Repeat("a=%ff&b&", n/8) + `"}}` }},
	{"bad measurements", func(n int) string {
		var b strings.Builder
		for i := range n / 14 {
			fmt.Fprintf(&b, `"%d":{},`, i)
		}
		return hostileTransaction("x", `[],"measurements":{`+b.String()+`"a":{"value":1}}`)
	}},
	{"unknown keys", func(n int) string {
		var b strings.Builder
		for i := range n / 10 {
			fmt.Fprintf(&b, `"k%d":1,`, i)
		}
		return `{` + b.String() + `"a":1}`
	}},
	{"contexts", func(n int) string {
		var b strings.Builder
		for i := range n / 14 {
			fmt.Fprintf(&b, `"k%d":{"a":1},`, i)
		}
		return `{"contexts":{` + b.String() + `"a":{}}}`
	}},
	{"deep", func(n int) string {
		return `{"extra":{"a":` + "[" + strings.Repeat(strings.Repeat(`[`, 100)+strings.Repeat(`]`, 100)+",", n/201) + `1]}}`
	}},
	{"message", func(n int) string {
		return `{"logentry":{"message":"` + strings.Repeat("%s{}", n/8) + `","params":[` + strings.Repeat(`1,`, n/4) + `1]}}`
	}},
	{"remarks", func(n int) string {
		var b strings.Builder
		for i := range n / 24 {
			fmt.Fprintf(&b, `["x","s",%d,%d],`, i, i+1)
		}
		return `{"culprit":"` + strings.Repeat("a", n/4) + `","_meta":{"culprit":{"":{"rem":[` + b.String() + `["x","x"]]}}}}`
	}},
	{"path", func(n int) string {
		return `{"stacktrace":{"frames":[{"abs_path":"http://a/%` + strings.Repeat("../a/", n/5) + `"}]}}`
	}},
	{"host", func(n int) string { return `{"request":{"url":"http://` + strings.Repeat("é.", n/3) + `a/"}}` }},
	{"agent", func(n int) string {
		return `{"request":{"headers":[["User-Agent","Mozilla/5.0 (` + strings.Repeat("Android; bot ", n/13) + `)"]]}}`
	}},
	{"images", func(n int) string {
		return `{"debug_meta":{"images":[` + strings.Repeat(`{"type":"apple","x":1},`, n/24) + `{}]}}`
	}},
	{"threads", func(n int) string {
		return `{"threads":[` + strings.Repeat(`{"stacktrace":{"frames":[{}]}},`, n/31) + `{}]}`
	}},
	{"selects", func(n int) string {
		return hostileSpan("db.sql.query", strings.Repeat("SELECT a, (SELECT b) FROM c; CASE END ", n/38), "{}")
	}},
	{"commands", func(n int) string { return hostileSpan("cache.get", strings.Repeat("CLIENT x ", n/9), "{}") }},
	{"renamed attributes", func(n int) string {
		var b strings.Builder
		for i := range n / 28 {
			fmt.Fprintf(&b, `"url.path.params.k%d":"x",`, i)
		}
		return hostileSpan("x", "y", "{"+b.String()+`"a":1}`)
	}},
	{"query", func(n int) string {
		return hostileSpan("db.sql.query", strings.Repeat("(1,", n/3), "{}")
	}},
}

func hostileTransaction(name, spans string) string {
	return `{"type":"transaction","transaction":"` + name + `","transaction_info":{"source":"url"},"start_timestamp":1767322800,"timestamp":1767322805,` +
		`"contexts":{"trace":{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2","span_id":"fa90fdead5f74052"}},"spans":` + spans + `}`
}

func hostileSpan(op, description, data string) string {
	return hostileTransaction("x", `[{"op":"`+op+`","description":"`+description+`","data":`+data+`,"trace_id":"4c79f60c11214eb38604f4ae0781bfb2","span_id":"fa90fdead5f74053","start_timestamp":1767322801,"timestamp":1767322802}]`)
}

// TestHostile holds that such payloads are answered; BenchmarkHostile shows what they cost.
func TestHostile(t *testing.T) {
	n := New(Config{})
	for _, h := range hostile {
		out, rejected := fuzzOnce(t, n, []byte(h.make(20_000)), 0x0f)
		if rejected || len(out) < 500 {
			t.Errorf("%s: %d bytes, rejected %t", h.name, len(out), rejected)
		}
	}
}

func BenchmarkHostile(b *testing.B) {
	n := New(Config{})
	for _, h := range hostile {
		for _, size := range []int{225_000, 900_000} {
			b.Run(fmt.Sprintf("%s/%d", h.name, size), func(b *testing.B) {
				payload := []byte(h.make(size))
				b.SetBytes(int64(len(payload)))
				b.ReportAllocs()
				var out []byte
				for b.Loop() {
					doc, err := event.Parse(payload)
					if err != nil {
						b.Fatal(err)
					}
					if _, err := n.Normalize(doc, fuzzInputs(0x0f)); err != nil {
						b.Fatal(err)
					}
					out = doc.AppendTo(out[:0])
					doc.Release()
				}
				b.ReportMetric(float64(len(out)), "out-B")
			})
		}
	}
}
