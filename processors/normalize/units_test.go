package normalize

import (
	"context"
	"strings"
	"testing"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/processors"
)

func TestSchemaIsComplete(t *testing.T) {
	s := theSchema()
	for _, n := range s.nodes {
		switch n.kind {
		case kArray, kMap, kVars, kContexts, kMeasurements, kBreakdowns, kTags, kHeaders, kCookies, kQuery:
			if n.elem == nil {
				t.Errorf("node %d (%s) is a collection without an element", n.id, n.name)
			}
		case kStruct, kLogEntry, kMechanism, kValues:
			if n.st == nil {
				t.Errorf("node %d (%s) is a struct without fields", n.id, n.name)
			}
		case kTuple:
			if n.pair[0] == nil || n.pair[1] == nil {
				t.Errorf("node %d (%s) is a pair without members", n.id, n.name)
			}
		case kContext, kImage:
			if last := n.variants[len(n.variants)-1]; last.name != "*" {
				t.Errorf("node %d: the last variant is %s, not the generic one", n.id, last.name)
			}
		}
		if n.st == nil {
			continue
		}
		for i, f := range n.st.fields {
			if got, alias := n.st.keys.find(f.name); got != i || alias != 0 {
				t.Errorf("%s.%s is found at %d", n.st.name, f.name, got)
			}
			if i > 0 && f.id != n.st.fields[i-1].id+1 {
				t.Errorf("%s.%s is not numbered in output order", n.st.name, f.name)
			}
		}
	}
	f, _ := s.event.st.keys.find("spans")
	span := s.event.st.fields[f].elem.st
	f, _ = span.keys.find("sentry_tags")
	if n := len(span.fields[f].st.fields); n > maxSpanTags {
		t.Errorf("maxSpanTags is less than %d", n)
	}
}

// The variants and limits of contexts.tsv are those of the schema.
func TestContextTableAgrees(t *testing.T) {
	s := theSchema()
	f, _ := s.event.st.keys.find("contexts")
	union := s.event.st.fields[f].elem
	variants := make(map[string]*node)
	for _, v := range union.variants {
		variants[v.name] = v
	}
	for _, row := range readTable("contexts") {
		v := variants[row[0]]
		if v == nil {
			t.Errorf("no variant %s", row[0])
			continue
		}
		if last := v.bags[len(v.bags)-1]; last.depth != number(row[4]) || last.bytes != number(row[5]) {
			t.Errorf("%s has the limits %v, not %s and %s", row[0], last, row[4], row[5])
		}
		if v.st == nil {
			continue
		}
		var names []string
		for _, f := range v.st.fields {
			names = append(names, f.name)
		}
		if got := strings.Join(names, " "); got != strings.TrimSuffix(row[6], " *") {
			t.Errorf("%s has the fields %s, not %s", row[0], got, row[6])
		}
	}
}

func TestCharset(t *testing.T) {
	for _, c := range []struct {
		allow, deny, text string
		bad               rune
	}{
		{"a-zA-Z0-9_.:-", "", "aZ09_.:-", 0}, {"a-zA-Z0-9_.:-", "", "a b", ' '}, {"a-z", "", "é", 'é'},
		{"", `\r\n`, "a\tb é", 0}, {"", `\r\n`, "a\nb", '\n'}, {"", ` \t\r\n`, "a b", ' '}, {"", "", "\n", 0},
	} {
		bad, found := parseCharset(c.allow, true).firstBad(c.text)
		if !found {
			bad, found = parseCharset(c.deny, false).firstBad(c.text)
		}
		if found != (c.bad != 0) || bad != c.bad {
			t.Errorf("allow %q deny %q: %q has %q", c.allow, c.deny, c.text, bad)
		}
	}
}

func TestMoments(t *testing.T) {
	for text, want := range map[string]moment{
		"0.0": {}, "-0.5": {-1, 5e8}, "1767319200.123456789": {1767319200, 123456789}, "-2.0": {-2, 0}, "253402300799.999": {253402300799, 999e6},
	} {
		d := event.New()
		got, ok := timeOf(d.NewNumber(text))
		if !ok || got != want {
			t.Errorf("timeOf(%s) = %v, want %v", text, got, want)
		}
		if again := string(want.append(nil)); again != text {
			t.Errorf("%v is written %s, not %s", want, again, text)
		}
		d.Release()
	}
	a, b := moment{5, 2e8}, moment{3, 9e8}
	if got := a.sub(b); got != (moment{1, 3e8}) || a.add(b) != (moment{9, 1e8}) || !b.before(a) || a.before(b) {
		t.Errorf("arithmetic: %v", got)
	}
}

func TestWebAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"http://Example.com/path":     "http://example.com/path",
		"http://x.com:80/a":           "http://x.com/a",
		"http://bücher.de/ä?q=ö":      "http://xn--bcher-kva.de/%C3%A4?q=%C3%B6",
		"HTTPS:\\\\a\\b\\..\\c":       "https://a/c",
		"mailto:a@b.c?subject=x":      "mailto:a@b.c?subject=x",
		"file://host/C|/x":            "file:///C:/x",
		"http://0x7f.1/":              "http://127.0.0.1/",
		"http://[::ffff:1.2.3.4]:443": "http://[::ffff:102:304]:443/",
		"foo://h:80/./a":              "foo://h:80/a",
		"/relative":                   "", "http://": "", "http://256.1.1.1/": "", "http://a b/": "", "foo://:80/": "",
	} {
		u, ok := parseURL(in)
		if ok != (want != "") || ok && u.String() != want {
			t.Errorf("parseURL(%q) = %q %v, want %q", in, u.String(), ok, want)
		}
	}
}

func TestHosts(t *testing.T) {
	for in, want := range map[string]string{
		"api.example.com": "*.example.com", "example.com": "example.com", "a.b.co.uk:8080": "*.b.co.uk:8080", "10.0.0.1": "*.*.*.*", "[2001:db8::1]:80": "*:*:*:*:*:*:*:*:80",
		"localhost:3000": "localhost:3000", "127.0.0.1": "127.0.0.1", "[::1]:80": "::1:80", "a.b.c.": "*.b.c.", "co.uk": "co.uk", "a.github.io": "a.github.io",
	} {
		u, _ := parseURL("foo://" + in)
		if got := hideHost(u, nil); got != want {
			t.Errorf("hideHost(%s) = %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"a.b.example.com:443": "*.example.com:443", "10.1.2.3:80": "10.1.2.3:80", "10.1.2.3:99999": "10.1.2.3", "a.b.c:080": "*.b.c:80", "a.b.c:80:x": "*.b.c", "a.b.c:x": "*.b.c", "256.1.1.1": "*.1.1",
		"[2001:db8::1]": "[2001", "::1": "", ":80": ":80", "http://a.b.c/x": "http", "a..b.c": "*.b.c", ".": ".", "": "",
	} {
		if got := hideServer(in); got != want {
			t.Errorf("hideServer(%s) = %s, want %s", in, got, want)
		}
	}
}

func TestConfig(t *testing.T) {
	if err := (Config{}).Validate(); err != nil {
		t.Error(err)
	}
	if (Config{MaxFuture: -time.Second}).Validate() == nil {
		t.Error("a negative future is accepted")
	}
	if _, err := NewLocator([]byte("no database")); err == nil {
		t.Error("garbage is a geo database")
	}
}

func TestStepKeepsWhatHasNoEvent(t *testing.T) {
	step := Step(Config{})
	for _, u := range []*processors.Unit{
		{Kind: processors.KindSessions}, {Kind: processors.KindError}, {Kind: processors.KindError, Main: &processors.Item{Fate: processors.FateDropped}},
	} {
		if v := step(context.Background(), u); v.Action != processors.ActionKeep || u.Event != nil {
			t.Errorf("%v: %+v", u.Kind, v)
		}
	}
	for ty, want := range map[string]outcome.Category{"transaction": outcome.Transaction, "csp": outcome.Security, "feedback": outcome.Feedback, "default": outcome.Error, "error": outcome.Error} {
		if got := categoryOf(ty); got != want {
			t.Errorf("category of %s is %v", ty, got)
		}
	}
}

// What the client recorded as the original of its cookies wins over the text that is replaced here.
func TestCookiesKeepTheirOriginal(t *testing.T) {
	for meta, want := range map[string]string{
		`{"val":"old"}`: `"val":"old"`,
		`{"val":null}`:  `"val":"bad; a=b"`,
		`{"len":3}`:     `"val":"bad; a=b"`,
	} {
		doc, err := event.Parse([]byte(`{"request":{"cookies":"bad; a=b"},"_meta":{"request":{"cookies":{"":` + meta + `}}}}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(Config{}).Normalize(doc, Inputs{ReceivedAt: time.Now()}); err != nil {
			t.Fatal(err)
		}
		if got := string(doc.AppendTo(nil)); !strings.Contains(got, want) {
			t.Errorf("%s: no %s in %s", meta, want, got)
		}
		doc.Release()
	}
}

// Two files of breadcrumbs: the newest stay, as many as the longer file has.
func TestBreadcrumbFiles(t *testing.T) {
	file := func(crumbs ...string) *processors.Item {
		var b []byte
		for _, c := range crumbs {
			b = append(b, "\x82\xa9timestamp\xb42026-01-02T03:04:0"+c+"Z\xa7message\xa1"+c...)
		}
		return &processors.Item{Item: envelope.Item{Payload: b}}
	}
	for want, files := range map[string][]*processors.Item{
		"2,3,4": {file("0", "1", "2"), file("3", "4")},
		"1,2":   {file("2"), file("0", "1")},
		"0,1":   {file("0", "1")},
		"5":     {file(), file("5")},
	} {
		var c Counter
		doc, ok := packedEvent(nil, files, &c)
		if !ok {
			t.Fatal("not read")
		}
		var got []string
		for _, m := range doc.Root.Get("breadcrumbs").Members() {
			got = append(got, m.Value.Get("message").Text())
		}
		if s := strings.Join(got, ","); s != want {
			t.Errorf("%s, want %s", s, want)
		}
		doc.Release()
	}
}
