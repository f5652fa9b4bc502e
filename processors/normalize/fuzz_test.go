package normalize

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/event"
)

// fuzzSeeds adds the inputs of all vectors.
func fuzzSeeds(f *testing.F) {
	files, err := filepath.Glob("testdata/vectors/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		d := event.New()
		if v, err := d.ParseText(string(b)); err == nil && v.Get("input") != nil {
			f.Add(v.Get("input").AppendTo(nil), uint8(len(file)))
		}
		d.Release()
	}
}

// fuzzInputs switches features by the bits of mode.
func fuzzInputs(mode uint8) Inputs {
	in := Inputs{
		ReceivedAt: time.Date(2026, 1, 2, 3, 4, 5, 678000, time.UTC), Client: "a/1", ClientIP: "1.2.3.4", InferIP: true, MaxPast: Within(time.Hour), MaxFuture: Within(time.Minute),
		Trim: mode&1 != 0, UserAgents: mode&2 != 0, Spans: mode&4 != 0, SpanTags: mode&8 != 0, KeepUnknown: mode&16 != 0, Grouping: []byte(`{"id":"x"}`),
		Rules: &Rules{measurements: newMeasurementRules(nil, nil), hasBreakdown: true, breakdowns: []breakdown{{"ops", []string{"db", "http"}}}},
	}
	in.Random = fuzzRandom
	if mode&32 != 0 {
		in.Server = &ServerInputs{
			Type: EventType(mode >> 6), EventID: envelope.EventID{1, 2}, From: in.ReceivedAt.Add(-120 * time.Hour), To: in.ReceivedAt.Add(time.Minute), PublicKey: "a94ae32be2584e0bbd7a4cbb95971fee",
			Trace: []byte(`{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2","public_key":"a94ae32be2584e0bbd7a4cbb95971fee","transaction":"/a/12"}`),
		}
		in.SentAt = in.ReceivedAt.Add(-2 * time.Hour)
	}
	return in
}

func fuzzRandom(string) [16]byte { return [16]byte{1, 2, 3, 15: 9} }

// FuzzNormalize: no payload panics, the result is JSON, and the same payload gives the same bytes again.
func FuzzNormalize(f *testing.F) {
	fuzzSeeds(f)
	n := New(Config{})
	f.Fuzz(func(t *testing.T, payload []byte, mode uint8) {
		once, rejected := fuzzOnce(t, n, payload, mode)
		twice, rejectedAgain := fuzzOnce(t, n, payload, mode)
		if rejected != rejectedAgain || !bytes.Equal(once, twice) {
			t.Fatalf("different results for %q:\n%s\n%s", payload, once, twice)
		}
		if once == nil {
			return
		}
		d, err := event.Parse(once)
		if err != nil {
			t.Fatalf("the result is no JSON: %v: %s", err, once)
		}
		d.Release()
	})
}

var readOnce = regexp.MustCompile(`"":null|"debug_id":"[0-9A-F]{8}"`)

// FuzzRenormalize: normalizing what was normalized changes nothing in the mode for that (8.1). Only the metadata of span ids is lost: ids that
// can be read have none (4.2); what the contract writes and does not read again is left
// out: empty keys, which cannot have metadata (5.1), and ids of old Windows debug files without age.
func FuzzRenormalize(f *testing.F) {
	fuzzSeeds(f)
	n := New(Config{})
	f.Fuzz(func(t *testing.T, payload []byte, mode uint8) {
		once, rejected := fuzzOnce(t, n, payload, mode)
		if rejected || once == nil || readOnce.Match(once) {
			return
		}
		var texts [2][]byte
		for i := range texts {
			doc, err := event.Parse(once)
			if err != nil {
				t.Fatal(err)
			}
			before := doc.Root.AppendTo(nil)
			if _, err := n.Normalize(doc, Inputs{Renormalize: true, KeepUnknown: true, Trim: mode&1 != 0, Random: fuzzRandom}); err != nil {
				t.Fatal(err)
			}
			if after := doc.Root.AppendTo(nil); !bytes.Equal(before, after) {
				t.Fatalf("%q changes again:\n%s\n%s", payload, before, after)
			}
			texts[i] = doc.AppendTo(nil)
			once = texts[i]
			doc.Release()
		}
		if !bytes.Equal(texts[0], texts[1]) {
			t.Fatalf("the metadata of %q changes again:\n%s\n%s", payload, texts[0], texts[1])
		}
	})
}

func fuzzOnce(t *testing.T, n *Normalizer, payload []byte, mode uint8) (out []byte, rejected bool) {
	doc, err := event.Parse(payload)
	if err != nil {
		return nil, true
	}
	defer doc.Release()
	if reason, err := n.Normalize(doc, fuzzInputs(mode)); err != nil {
		if reason == "" {
			t.Fatalf("rejected without a reason: %v", err)
		}
		return nil, true
	}
	return doc.AppendTo(nil), false
}

// FuzzSources: the binary forms of crash events never panic and give documents that can be written.
func FuzzSources(f *testing.F) {
	f.Add([]byte("\x82\xa7message\xa1m\xa7release\xa3r@1"))
	f.Add([]byte("\x0f\x00\x00\x00sentry[release]\x03\x00\x00\x00r@1\x09\x00\x00\x00sentry__1\x02\x00\x00\x00{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := event.New()
		if values, ok := unpack(d, b); ok && len(values) > 0 {
			if _, err := event.Parse(values[0].AppendTo(nil)); err != nil {
				t.Fatalf("%q becomes %s: %v", b, values[0].AppendTo(nil), err)
			}
		}
		d.Release()
		if d, ok := formEvent(b); ok {
			if _, err := event.Parse(d.AppendTo(nil)); err != nil {
				t.Fatalf("%q becomes %s: %v", b, d.AppendTo(nil), err)
			}
			d.Release()
		}
	})
}

// FuzzTexts: the readers of texts never panic, and a web address in canonical form stays as it is.
func FuzzTexts(f *testing.F) {
	for _, s := range []string{"http://bücher.de:80/ä/../b?q=ö#f", "file:///C|/a", "a=b; c", "2026-01-02T03:04:05.678+02:00", "SELECT a FROM b WHERE c IN (1,'x')", "/users/12/{x}", "%5.2(a)s {0}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if u, ok := parseURL(s); ok {
			text := u.String()
			if again, ok := parseURL(text); !ok || again.String() != text {
				t.Fatalf("%q becomes %q and then %q", s, text, again.String())
			}
		}
		d := event.New()
		defer d.Release()
		r := run{schema: theSchema(), d: d, in: &Inputs{}}
		r.cookies(s)
		r.queryPairs(s)
		parseTime(s)
		maskSQL("", s)
		scrubIdentifiers(s)
		hideServer(s)
		describeSpan("resource.script", "", s, noData, nil)
		describeSpan("http.client", "", s, noData, nil)
		reportCulprit(s, s)
		params := d.NewArray(2)
		params.Append(d.NewString(s))
		params.Append(d.NewFloat(1.5))
		interpolate(s, params)
	})
}
