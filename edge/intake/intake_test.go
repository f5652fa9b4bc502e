package intake

import (
	"bytes"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/vmihailenco/msgpack/v5"

	"weir/codecs/envelope"
	"weir/codecs/jsontext"
)

const key = "e12d836b15bb49d7bbf99e64295d995b"

func TestFindCredentials(t *testing.T) {
	for _, c := range []struct {
		headers []string // name, value, ...
		query   string
		path    string
		want    string // key/version/client, "none", or the problem
	}{
		{want: "none"},
		{headers: []string{"X-Sentry-Auth", "Sentry sentry_key=k"}, want: "k/7/"},
		{headers: []string{"X-Sentry-Auth", "sEnTrY sentry_key=k, sentry_version=6.1, sentry_client=a/1=2"}, want: "k/6/a/1"},
		{headers: []string{"X-Sentry-Auth", "Sentry  sentry_key = k ,junk, =,sentry_key=l"}, want: "l/7/"},
		{headers: []string{"X-Sentry-Auth", "Sentry sentry_key=\"k\""}, want: `"k"/7/`},
		{headers: []string{"X-Sentry-Auth", "Sentry"}, want: "none"},
		{headers: []string{"X-Sentry-Auth", "Sentry sentry_key=\xff"}, want: "none"},
		{headers: []string{"X-Sentry-Auth", "Sentry sentry_version=7"}, want: "missing public key in auth header"},
		{headers: []string{"X-Sentry-Auth", "Sentry sentry_key=k, sentry_version="}, want: "invalid value for version"},
		{headers: []string{"X-Sentry-Auth", "Sentry sentry_key=k, sentry_version=-1"}, want: "invalid value for version"},
		{headers: []string{"X-Sentry-Auth", "Sentry sentry_key=k, sentry_version=+7"}, want: "k/7/"},
		{headers: []string{"X-Sentry-Auth", "Sentry sentry_version=7;sentry_key=k"}, want: "invalid value for version"},
		{headers: []string{"X-Sentry-Auth", "Sentry sentry_version=x, sentry_key=k, sentry_version=7"}, want: "invalid value for version"},
		{headers: []string{"Authorization", "Sentry sentry_key=k"}, want: "k/7/"},
		{headers: []string{"Authorization", "bAsIc azo="}, want: "k/7/"},
		{headers: []string{"Authorization", "Basic azpzOnQ="}, want: "k/7/"},
		{headers: []string{"Authorization", "Basic azpz"}, want: "k/7/"},
		{headers: []string{"Authorization", "Basic azo"}, want: "none"},
		{headers: []string{"Authorization", "Basic OnM="}, want: "none"},
		{headers: []string{"Authorization", "Basic aw=="}, want: "none"},
		{headers: []string{"Authorization", "Bearer x"}, query: "sentry_key=k", want: "k/7/"},
		{query: "a=b&sentry_key=x&sentry_key=%6b&sentry_client=a+b%zz", want: "k/7/a b%zz"},
		{query: "a=sentry_", want: "missing public key in auth header"},
		{query: "sentry_key=k&sentry_version=65536", want: "invalid value for version"},
		{path: "k", want: "k/7/"},
		{path: "k", query: "sentry_key=k", want: "multiple authorization payloads detected"},
		{path: "k", query: "x=sentry_prod", want: "missing public key in auth header"},
		{headers: []string{"X-Sentry-Auth", "Sentry sentry_key=k"}, query: "x=sentry_", want: "multiple authorization payloads detected"},
		{headers: []string{"X-Sentry-Auth", "Sentry sentry_key=k", "Authorization", "Basic azo="}, want: "multiple authorization payloads detected"},
	} {
		r := httptest.NewRequest("POST", "/", nil)
		r.URL.RawQuery = c.query
		for i := 0; i < len(c.headers); i += 2 {
			r.Header.Add(c.headers[i], c.headers[i+1])
		}
		found, ok, problem := findCredentials(r, c.path)
		got := "none"
		switch {
		case len(problem.Causes) > 0:
			got = problem.Causes[0]
		case problem.Status != 0:
			got = problem.Detail
		case ok:
			got = found.key + "/" + string(rune('0'+found.version)) + "/" + found.client
		}
		if got != c.want {
			t.Errorf("%q ?%s %s: %s, want %s", c.headers, c.query, c.path, got, c.want)
		}
	}
}

func TestCheckCredentials(t *testing.T) {
	for _, c := range []struct {
		key     string
		version uint64
		detail  string
		noCache bool
	}{
		{key: key, version: 7},
		{key: key + ".no-cache", noCache: true},
		{key: key + ".x.no-cache.y", noCache: true},
		{key: key + ".nocache"},
		{key: key[1:], detail: "bad sentry DSN public key"},
		{key: strings.Repeat("ü", 16), detail: "bad sentry DSN public key"},
		{key: key, version: 8, detail: "unsupported protocol version (8)"},
		{key: "x", version: 8, detail: "bad sentry DSN public key"},
	} {
		cr := credentials{key: c.key, version: c.version}
		got, noCache, problem := cr.check()
		if problem.Detail != c.detail || noCache != c.noCache || c.detail == "" && string(got) != key {
			t.Errorf("%+v: %s %v %s", c, got, noCache, problem.Detail)
		}
	}
}

// Headers that are there and empty are told from those that are not.
func TestDescribe(t *testing.T) {
	r := httptest.NewRequest("POST", "/", nil)
	r.Header = map[string][]string{"User-Agent": {""}, "Sec-Ch-Ua": {"u"}, "Sec-Ch-Ua-Platform": {"\xff"}, "Sec-Ch-Ua-Model": {""}}
	var s sender
	new(Intake).describe(&s, r)
	if s.UserAgent != "" || s.ClientHints != (envelope.ClientHints{UA: "u"}) || s.Empty != envelope.EmptyUserAgent|envelope.EmptyHintModel {
		t.Errorf("%q %+v %b", s.UserAgent, s.ClientHints, s.Empty)
	}
}

func TestFixPythonJSON(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":NaN,"b":-Infinity,"c":Infinity}`: `{"a":0  ,"b":-0       ,"c":0       }`,
		`["NaN","\"NaN",NaN]`:                  `["NaN","\"NaN",0  ]`,
		`[18446744073709551615]`:               `[18446744073709551615]`,
		`[18446744073709551616]`:               `[0                   ]`,
		`[-9223372036854775808]`:               `[-9223372036854775808]`,
		`[-9223372036854775809]`:               `[-0                  ]`,
		`[123456789012345678901234567890.5]`:   `[123456789012345678901234567890.5]`,
		`[1e400,"12345678901234567890123"]`:    `[1e400,"12345678901234567890123"]`,
		`{"a":"unfinished`:                     `{"a":"unfinished`,
		`NaN`:                                  `0  `,
		`{"a":-NaN,"b":Infinityx}`:             `{"a":-0  ,"b":0       x}`,
		`[1NaN,xNaN,_Infinity,1e-5]`:           `[1NaN,xNaN,_Infinity,1e-5]`,
	} {
		b := []byte(in)
		if fixPythonJSON(b); string(b) != want {
			t.Errorf("%s: %s, want %s", in, b, want)
		}
	}
}

func FuzzFixPythonJSON(f *testing.F) {
	f.Add([]byte(`{"a":NaN,"b":[-Infinity,"\\",18446744073709551616]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		fixPythonJSON(b)
		if len(b) != len(before) || jsontext.Valid(before) && !jsontext.Valid(b) {
			t.Fatalf("%q became %q", before, b)
		}
	})
}

func TestSniffEvent(t *testing.T) {
	const id = "037af9ac1b49494bacd7ec5114f801d9"
	for in, want := range map[string]string{
		`{}`:                           "event",
		` {} `:                         "event",
		`{"event_id":null,"type":"x"}`: "event",
		`{"event_id":"037AF9AC-1b49-494b-acd7-ec5114f801d9","type":"transaction"}`: id + " transaction",
		`{"\u0074ype":"csp"}`:           "security",
		`{"a":{"type":"csp"}}`:          "event",
		`{"type":null}`:                 "",
		`{"type":1}`:                    "",
		`{"type":"a","type":"b"}`:       "",
		`{"event_id":1}`:                "",
		`{"event_id":"zz"}`:             "",
		`{}x`:                           "",
		`[]`:                            "",
		`{"a":`:                         "",
		`{"a":01}`:                      "",
		`{"a":"` + "\xff" + `"}`:        "event", // values that nobody reads here may be anything
		`{"a":1e999,"b":"\ud800"}`:      "event",
		`{"type":"` + "\xff" + `"}`:     "",
		strings.Repeat(`{"a":`, 100000): "",
		strings.Repeat(`{"a":`, 100000) + "1" + strings.Repeat(`}`, 100000): "event",
		`{"type":"userreportv2"}`: "feedback",
	} {
		got, kind, err := sniffEvent([]byte(in))
		text := kind
		if !got.IsNil() {
			text = got.String() + " " + kind
		}
		if err != nil {
			text = ""
		}
		if text != want {
			t.Errorf("%.60s: %q %v, want %q", in, text, err, want)
		}
	}
}

func TestSplitReports(t *testing.T) {
	for in, want := range map[string][]string{
		`{"a":1}`:         {`{"a":1}`},
		` [ {"a":1} ,2] `: {`{"a":1}`, `2`},
		`[]`:              nil,
		`[1,`:             {`[1,`},
		`[1]x`:            {`[1]x`},
		`nonsense`:        {`nonsense`},
	} {
		var got []string
		for _, r := range splitReports([]byte(in)) {
			got = append(got, string(r))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q", in, got)
		}
	}
}

func TestMsgpackEventID(t *testing.T) {
	const text = "037af9ac1b49494bacd7ec5114f801d9"
	id, err := envelope.ParseEventID(text)
	if err != nil {
		t.Fatal(err)
	}
	pack := func(v any) []byte {
		b, err := msgpack.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	deep := any(1)
	for range 200 {
		deep = []any{deep}
	}
	many := map[string]any{"event_id": text, "f": 1.5, "n": nil, "b": true, "i": -70000, "u": uint64(1 << 40), "bin": make([]byte, 300), "s": strings.Repeat("x", 70000)}
	for i := range 20 {
		many[string(rune('a'+i))+"x"] = []any{i, map[string]any{"event_id": "no"}}
	}
	for name, c := range map[string]struct {
		b    []byte
		want envelope.EventID
		ok   bool
	}{
		"id":             {pack(map[string]any{"event_id": text}), id, true},
		"many members":   {pack(many), id, true},
		"no id":          {pack(map[string]any{"a": 1}), envelope.EventID{}, true},
		"nil id":         {pack(map[string]any{"event_id": nil}), envelope.EventID{}, true},
		"number keys":    {pack(map[int]any{1: 2}), envelope.EventID{}, true},
		"bad id":         {pack(map[string]any{"event_id": "zz"}), envelope.EventID{}, false},
		"id is a number": {pack(map[string]any{"event_id": 1}), envelope.EventID{}, false},
		"a list":         {pack([]any{1}), envelope.EventID{}, false},
		"too deep":       {pack(map[string]any{"a": deep}), envelope.EventID{}, false},
		"cut":            {pack(many)[:100], envelope.EventID{}, false},
		"never used":     {[]byte{0x81, 0xA1, 'a', 0xC1}, envelope.EventID{}, false},
		"huge length":    {[]byte{0x81, 0xA1, 'a', 0xDD, 0xFF, 0xFF, 0xFF, 0xFF}, envelope.EventID{}, false},
		"empty":          {nil, envelope.EventID{}, false},
	} {
		got, err := msgpackEventID(c.b)
		if (err == nil) != c.ok || c.ok && got != c.want {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

// FuzzMsgpackEventID: an id that is found stands in the input, and what is behind the map does not matter.
func FuzzMsgpackEventID(f *testing.F) {
	b, _ := msgpack.Marshal(map[string]any{"event_id": "037af9ac1b49494bacd7ec5114f801d9", "a": []any{1, nil, 1.5, "x", map[string]any{}}})
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := msgpackEventID(b)
		again, againErr := msgpackEventID(append(bytes.Clone(b), 0xC0))
		if err == nil && (againErr != nil || again != got) {
			t.Fatalf("%x: %v, and with one byte more %v %v", b, got, again, againErr)
		}
		if !got.IsNil() && !bytes.Contains(b, []byte("event_id")) {
			t.Fatalf("%x: %v", b, got)
		}
	})
}

func TestFormDecode(t *testing.T) {
	for in, want := range map[string]string{"a+b": "a b", "%41%4a": "AJ", "%": "%", "%4": "%4", "%zz%41": "%zzA", "%ff": "\uFFFD", "\xff": "\uFFFD", "ü": "ü"} {
		if got := formDecode(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if _, _, problem := queryValue("a=1&b&a=2", "a"); problem.Status != 400 {
		t.Error(problem)
	}
	if v, ok, problem := queryValue("a=1&b&a=2", "b"); v != "" || !ok || problem.Status != 0 {
		t.Error(v, ok, problem)
	}
	if _, ok, _ := queryValue("", ""); ok {
		t.Error("a field of nothing")
	}
}
