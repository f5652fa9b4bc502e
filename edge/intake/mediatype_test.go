package intake

import (
	"fmt"
	"testing"
)

func TestParseMediaType(t *testing.T) {
	for in, want := range map[string]string{
		"application/json":       "application/json []",
		"Application/CSP-Report": "application/csp-report []",
		"application/":           "application/ []",
		"*/*":                    "*/* []",
		"a/b;":                   "a/b []",
		"a/b;  c=d; C=e":         "a/b [[c d] [C e]]",
		`multipart/form-data; boundary="a b/c\d"`: `multipart/form-data [[boundary a b/c\d]]`,
		`a/b; c=""`:         "a/b [[c ]]",
		"":                  "no slash",
		"csp-report":        "no slash",
		"/json":             "a character",
		"application /json": "a character",
		"a/b, c/d":          "a character",
		"a/b ; c=d":         "a character",
		"a/b\t; c=d":        "a character",
		"a/b;;":             "a character",
		"a/b; c = d":        "a character",
		"a/b; c=(d)":        "a character",
		"a/b; c==d":         "a character",
		"a/b; c=d e":        "a character",
		"a/b; c; d=e":       "a character",
		"a/b; c":            "a parameter",
		`a/b; c="d`:         "a quoted",
		"a/ä":               "a character",
	} {
		m, err := parseMediaType(in)
		got := fmt.Sprint(m.name, " ", m.params)
		if err != nil {
			got = err.Error()[:min(len(want), len(err.Error()))]
		}
		if got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]bool{"application/json": true, "application/problem+json;a=b": true, "application/jsonx": false, "text/json": false} {
		if m, err := parseMediaType(in); err != nil || m.isJSON() != want {
			t.Errorf("%s: %v", in, err)
		}
	}
}
