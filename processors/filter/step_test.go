package filter

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/session"
	"weir/processors"
)

func state(t testing.TB, settings string) *project.State {
	t.Helper()
	s, err := project.Parse([]byte(`{"config":{"filterSettings":` + settings + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSessionsAreDroppedOneByOneAndSilently(t *testing.T) {
	st := state(t, `{"releases":{"releases":["bad*"]},"localhost":{"isEnabled":true},"webCrawlers":{"isEnabled":true},"generic":{"version":1,
		"filters":[{"id":"g","isEnabled":true,"condition":{"op":"eq","name":"event.environment","value":"test"}}]}}`)
	attrs := []session.Attrs{
		{Release: "bad@1"}, {Release: "good@1"}, {Release: "x", IPAddress: "127.0.0.1"}, {Release: "x", UserAgent: "Googlebot/2"},
		{Release: "x", Environment: "test", HasEnvironment: true}, {Release: ""},
	}
	u := &processors.Unit{Facts: &processors.Facts{Project: st, Global: project.DefaultGlobal()}, Kind: processors.KindSessions}
	for _, a := range attrs {
		u.Items = append(u.Items, &processors.Item{Session: &session.Session{Attrs: a}})
	}
	u.Items = append(u.Items, &processors.Item{}) // did not parse
	if v := Step(Config{})(context.Background(), u); v != processors.Keep() {
		t.Fatalf("%+v", v)
	}
	var got []outcome.Reason
	for _, it := range u.Items {
		if it.Fate == processors.FateDropped && (!it.Silent || it.ID != outcome.Filtered) {
			t.Errorf("%+v", it)
		}
		got = append(got, it.Reason)
	}
	if want := []outcome.Reason{ReasonRelease, "", ReasonLocalhost, ReasonWebCrawlers, "g", "", ""}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestClientIPOfSessions(t *testing.T) {
	st := state(t, `{"clientIps":{"blacklistedIps":["1.2.3.0/24"]}}`)
	u := &processors.Unit{
		Facts: &processors.Facts{Project: st, Header: &envelope.Header{ForwardedFor: "1.2.3.4, 10.0.0.1"}},
		Kind:  processors.KindSessions, Items: []*processors.Item{{Session: &session.Session{}}},
	}
	Step(Config{})(context.Background(), u)
	if u.Items[0].Reason != ReasonClientIP {
		t.Errorf("%+v", u.Items[0])
	}
}

func TestUnitsWithoutSettings(t *testing.T) {
	doc, err := event.Parse([]byte(`{"release":"1"}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, facts := range map[string]*processors.Facts{
		"nothing known": {}, "empty": {Project: project.Default(), Global: project.DefaultGlobal()}, "no global": {Project: project.Default()},
	} {
		u := &processors.Unit{Facts: facts, Event: doc}
		if v := Step(Config{})(context.Background(), u); v != processors.Keep() {
			t.Errorf("%s: %+v", name, v)
		}
	}
	u := &processors.Unit{Facts: &processors.Facts{Project: state(t, `{"releases":{"releases":["*"]}}`)}, Kind: processors.KindCheckIn}
	if v := Step(Config{})(context.Background(), u); v != processors.Keep() {
		t.Errorf("check-ins are not filtered: %+v", v)
	}
}

// Global filters reach projects without any settings, also when the global config is replaced.
func TestGlobalIsReplaced(t *testing.T) {
	doc, err := event.Parse([]byte(`{"release":"1"}`))
	if err != nil {
		t.Fatal(err)
	}
	st := project.Default()
	step := Step(Config{})
	for _, id := range []string{"a", "b"} {
		g, err := project.ParseGlobal([]byte(`{"filters":{"version":1,"filters":[{"id":"` + id + `","isEnabled":true,"condition":{"op":"and","inner":[]}}]}}`))
		if err != nil {
			t.Fatal(err)
		}
		u := &processors.Unit{Facts: &processors.Facts{Project: st, Global: g}, Event: doc}
		if v := step(context.Background(), u); v != processors.Drop(outcome.Filtered, outcome.Reason(id)) {
			t.Errorf("%+v", v)
		}
	}
}

// Whatever the event looks like, every filter answers.
func FuzzStep(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		if b, err := os.ReadFile(file); err == nil && len(b) < 20_000 {
			f.Add(b)
		}
	}
	f.Add([]byte(`{"type":"csp","csp":{},"exception":{"values":[null,{"stacktrace":{"frames":[null]}}]},"request":{"headers":[["a"],null,[]]},"tags":[1]}`))
	st := state(f, everything)
	step := Step(Config{Browser: func(string) (string, string) { return "IE", "8" }})
	f.Fuzz(func(t *testing.T, b []byte) {
		doc, err := event.Parse(b)
		if err != nil {
			return
		}
		defer doc.Release()
		step(context.Background(), &processors.Unit{Facts: &processors.Facts{Project: st}, Event: doc})
	})
}

// everything switches all filters on, with patterns that hit nothing.
const everything = `{"browserExtensions":{"isEnabled":true},"webCrawlers":{"isEnabled":true},"localhost":{"isEnabled":true},
	"legacyBrowsers":{"isEnabled":true,"options":["default"]},"clientIps":{"blacklistedIps":["192.0.2.0/24"]},"csp":{"disallowedSources":["nowhere"]},
	"errorMessages":{"patterns":["*never seen*","*loading chunk {1,2,3} never*"]},"releases":{"releases":["never@*"]},
	"ignoreTransactions":{"isEnabled":true,"patterns":["*/never"]},"generic":{"version":1,"filters":[{"id":"g","isEnabled":true,
	"condition":{"op":"and","inner":[{"op":"glob","name":"event.release","value":["never*"]},{"op":"eq","name":"event.tags.a","value":"b"}]}}]}}`

// realistic is what a project that uses all filters has: 20 error patterns of those that servers send for hydration and chunk errors and that people
// write, 10 releases, 50 networks, and every builtin filter.
func realistic() string {
	messages := []string{
		"*https://reactjs.org/docs/error-decoder.html?invariant={418,419,422,423,425}*", "*https://react.dev/errors/{418,419,422,423,425}*",
		"ChunkLoadError: Loading chunk *", "*Uncaught *: ChunkLoadError: Loading chunk *", "ChunkLoadError: Failed to load chunk *",
		"*ResizeObserver loop*", "Non-Error promise rejection captured*", "*Network Error*", "TypeError: Failed to fetch", "TypeError: NetworkError when attempting*",
		"TypeError: Load failed", "AbortError: *", "*timeout of [0-9]*ms exceeded", "SecurityError: *insecure*", "*Hydration failed*", "*There was an error while hydrating*",
		"QuotaExceededError: *", "*Object Not Found Matching Id:*", "Importing a module script failed*", "*Java exception was raised during method invocation*",
	}
	var releases, networks []string
	for i := range 10 {
		releases = append(releases, fmt.Sprintf("shop@0.%d.*", i))
	}
	for i := range 50 {
		networks = append(networks, fmt.Sprintf("10.%d.0.0/16", i))
	}
	b, err := json.Marshal(map[string]any{
		"errorMessages": map[string]any{"patterns": messages}, "releases": map[string]any{"releases": releases}, "clientIps": map[string]any{"blacklistedIps": networks},
		"browserExtensions": map[string]any{"isEnabled": true}, "webCrawlers": map[string]any{"isEnabled": true}, "localhost": map[string]any{"isEnabled": true},
		"legacyBrowsers":     map[string]any{"isEnabled": true, "options": []string{"ie", "safari_pre_6", "opera", "android_pre_4", "edge_pre_79"}},
		"csp":                map[string]any{"disallowedSources": []string{"about", "*.superfish.com", "chrome://*", "chrome-extension://*", "localhost"}},
		"ignoreTransactions": map[string]any{"isEnabled": true, "patterns": []string{"*healthcheck*", "*/ping", "*/health{/,}"}},
	})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// The event is a form error of a Flask application, captured from its SDK, as it is after normalisation.
func BenchmarkStep(b *testing.B) {
	payload, err := os.ReadFile("testdata/event/flask.json")
	if err != nil {
		b.Fatal(err)
	}
	doc, err := event.Parse(payload)
	if err != nil {
		b.Fatal(err)
	}
	for name, settings := range map[string]string{
		"none": `{}`, "all": everything, "realistic": realistic(),
		"issue": `{"clientIps":{"blacklistedIps":["192.0.2.0/24"]},"errorMessages":{"patterns":["*never seen*"]},"releases":{"releases":["never@*"]},"localhost":{"isEnabled":true}}`,
	} {
		step := Step(Config{})
		u := &processors.Unit{Facts: &processors.Facts{Project: state(b, settings), Header: &envelope.Header{ForwardedFor: "1.2.3.4, 10.0.0.1"}}, Event: doc}
		if v := step(context.Background(), u); v != processors.Keep() {
			b.Fatalf("%+v", v)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(payload)))
			for b.Loop() {
				step(context.Background(), u)
			}
		})
	}
}
