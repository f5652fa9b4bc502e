package event

import (
	"os"
	"testing"

	"github.com/valyala/fastjson"
)

// testdata/node_error.json is the error event with a cause that @sentry/node 11.12 sent for the project's test shop.
func payload(b *testing.B) []byte {
	p, err := os.ReadFile("testdata/node_error.json")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(p)))
	return p
}

func BenchmarkParseWrite(b *testing.B) {
	p := payload(b)
	var out []byte
	for b.Loop() {
		d, err := Parse(p)
		if err != nil {
			b.Fatal(err)
		}
		out = d.AppendTo(out[:0])
		d.Release()
	}
}

func BenchmarkParse(b *testing.B) {
	p := payload(b)
	for b.Loop() {
		d, err := Parse(p)
		if err != nil {
			b.Fatal(err)
		}
		d.Release()
	}
}

// BenchmarkFastjson is the yardstick: the same work with valyala/fastjson, which neither checks UTF-8, surrogates and
// number ranges nor finds duplicate keys.
func BenchmarkFastjson(b *testing.B) {
	p := payload(b)
	var pool fastjson.ParserPool
	var out []byte
	for b.Loop() {
		parser := pool.Get()
		v, err := parser.ParseBytes(p)
		if err != nil {
			b.Fatal(err)
		}
		out = v.MarshalTo(out[:0])
		pool.Put(parser)
	}
}
