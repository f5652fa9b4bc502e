package match

import (
	"testing"

	"weir/codecs/project"
)

// The table of edge 10.3.
func TestOriginAllowed(t *testing.T) {
	type row struct {
		origin  string
		allowed []string
		want    bool
	}
	rows := []row{{"http://valid.com", nil, false}}
	for _, p := range []string{"*", "http://*", "valid.com", "http://valid.com", "*://valid.com", "http://valid.com:*", "VALID.com"} {
		rows = append(rows, row{"http://valid.com", []string{"x.org", p}, true})
	}
	for _, p := range []string{"invalid.com", "https://valid.com", "valid.com:80"} {
		rows = append(rows, row{"http://valid.com", []string{p}, false})
	}
	rows = append(rows,
		row{"https://a.b.example.com", []string{"*.example.com"}, true}, row{"https://a.b.example.com", []string{"*.com"}, true},
		row{"https://example.com", []string{"*.example.com"}, true}, row{"https://badexample.com", []string{"*.example.com"}, false},
		row{"https://badexample.com", []string{"*example.com"}, true}, row{"http://x.com:8000", []string{"*:8000"}, true},
		row{"http://x.com:8000", []string{"x.com:8000"}, true}, row{"http://x.com:8000", []string{"x.com"}, true},
		row{"http://x.com:8000", []string{"x.com:80"}, false}, row{"http://[::1]:8000/x", []string{"[::1]"}, true},
		row{"http://x.com/", []string{"x.com/other"}, true})
	for _, r := range rows {
		st := &project.State{Config: project.Config{AllowedDomains: r.allowed}}
		if got := OriginAllowed(st, r.origin); got != r.want {
			t.Errorf("%s with %v: %v", r.origin, r.allowed, got)
		}
	}
}

func TestParseSource(t *testing.T) {
	concrete := func(s string) part { return part{text: s} }
	free := part{any: true}
	for text, want := range map[string]Source{
		"::1":                   {free, concrete(":"), concrete("1")},
		"[::1]":                 {free, concrete("[::1]"), free},
		"[::1]:80":              {free, concrete("[::1]"), concrete("80")},
		"192.168.0.1/24":        {free, concrete("192.168.0.1"), free},
		"http://":               {concrete("http"), concrete(""), free},
		"HTTP://A.com:8/x":      {concrete("http"), concrete("a.com"), concrete("8")},
		"*://*:*":               {free, free, free},
		"":                      {free, concrete(""), free},
		"a://b://c":             {concrete("a"), concrete("b"), concrete("")},
		"http://u:p@host:1/x:y": {concrete("http"), concrete("u:p@host"), concrete("1")},
	} {
		if got := ParseSource(text); got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}
