package project

import (
	"strings"
	"testing"

	"weir/codecs/casefile"
)

func load(t *testing.T, file string, into any) {
	t.Helper()
	casefile.JSON(t, "testdata/"+file, into)
}

func TestSelectorVectors(t *testing.T) {
	var vectors []struct {
		Selector string `json:"selector"`
		Valid    bool   `json:"valid"`
	}
	load(t, "selector_syntax.json", &vectors)
	for _, v := range vectors {
		if got := validSelector(v.Selector); got != v.Valid {
			t.Errorf("%q: %v, want %v", v.Selector, got, v.Valid)
		}
	}
}

func TestSelectorDepth(t *testing.T) {
	if validSelector(strings.Repeat("(", 1_000_000)) || !validSelector(strings.Repeat("(", 100)+"a"+strings.Repeat(")", 100)) {
		t.Error("nesting is bounded, but not at 100")
	}
}

// The vectors also tell what the validation helper says about regular expressions; these do not make a config unreadable.
func TestPIIConfigVectors(t *testing.T) {
	var vectors []struct {
		Config string `json:"config"`
		Valid  bool   `json:"valid"`
		Error  string `json:"error"`
	}
	load(t, "config_validation.json", &vectors)
	for _, v := range vectors {
		if v.Config == "null" {
			continue // no piiConfig
		}
		want := v.Valid || strings.HasPrefix(v.Error, "regex") || strings.HasPrefix(v.Error, "Compiled regex")
		_, err := Parse([]byte(`{"config":{"piiConfig":` + v.Config + `}}`))
		if (err == nil) != want {
			t.Errorf("%s: %v", v.Config, err)
		}
	}
}

func TestConditions(t *testing.T) {
	for text, want := range map[string]string{
		`{"op":"and","inner":[]}`:                                                      `{"op":"and","inner":[]}`,
		`{"op":"not","inner":{"op":"zz","a":1}}`:                                       `{"op":"not","inner":{"op":"unsupported"}}`,
		`{"op":"And","inner":[]}`:                                                      `{"op":"unsupported"}`,
		`{"op":"eq","name":"a","value":null}`:                                          `{"op":"eq","name":"a","value":null}`,
		`{"op":"eq","name":"a","value":1,"options":{}}`:                                `{"op":"eq","name":"a","value":1}`,
		`{"op":"eq","name":"a","value":[1,"x",{"a":1}],"options":{"ignoreCase":true}}`: `{"op":"eq","name":"a","value":[1,"x",{"a":1}],"options":{"ignoreCase":true}}`,
		`{"op":"glob","name":"a","value":["A*","]"]}`:                                  `{"op":"glob","name":"a","value":["a*"]}`,
		`{"op":"release","name":"a","comparator":"zz"}`:                                `{"op":"release","name":"a","comparator":"zz","value":null}`,
		`{"op":"any","name":"a","inner":{"op":"or","inner":[]}}`:                       `{"op":"any","name":"a","inner":{"op":"or","inner":[]}}`,
		`{"op":"gte","name":"a","value":"x","more":1}`:                                 `{"op":"gte","name":"a","value":"x"}`,
	} {
		c, err := ParseCondition([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := string(c.AppendTo(nil)); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
	for _, text := range []string{
		``, `{}`, `[]`, `{"op":3}`, `{"op":null}`, `{"op":"and"}`, `{"op":"and","inner":null}`, `{"op":"and","inner":{}}`, `{"op":"not"}`,
		`{"op":"not","inner":[]}`, `{"op":"eq","name":3,"value":1}`, `{"op":"eq","name":"a"}`, `{"op":"eq","name":"a","value":1,"options":null}`,
		`{"op":"eq","name":"a","value":1,"options":{"ignoreCase":null}}`, `{"op":"gt","name":"a"}`, `{"op":"glob","name":"a","value":"x"}`,
		`{"op":"glob","name":"a","value":[3]}`, `{"op":"cidr","name":"a","value":"1.2.3.4"}`, `{"op":"release","name":"a","value":"1"}`,
		`{"op":"release","name":"a","comparator":null}`, `{"op":"release","comparator":"gt","value":"1"}`, `{"op":"any","inner":{"op":"zz"}}`,
		`{"op":"and","inner":[{"op":"zz"},{"op":"eq"}]}`,
	} {
		if c, err := ParseCondition([]byte(text)); err == nil {
			t.Errorf("%s: %s", text, c.AppendTo(nil))
		}
	}
}
