package project

import (
	"encoding/json"
	"reflect"
	"testing"

	"weir/codecs/casefile"
)

// configCase is a config with what must be served again, full view: allowedDomains, trustedRelays and piiConfig are left out where they
// are the defaults, features always. What is readable was found by running the real thing.
type configCase struct {
	Config     json.RawMessage `json:"config"`
	Served     map[string]any  `json:"served"`
	Unreadable bool            `json:"unreadable"`
}

func TestConfigs(t *testing.T) {
	var cases []configCase
	casefile.JSON(t, "testdata/configs.json", &cases)
	for _, c := range cases {
		text := append(append([]byte(`{"config":`), c.Config...), '}')
		s, err := Parse(text)
		if (err != nil) != c.Unreadable {
			t.Errorf("%s\n error %v, want unreadable %v", c.Config, err, c.Unreadable)
			continue
		}
		if err != nil {
			continue
		}
		var got struct {
			Config map[string]any `json:"config"`
		}
		var asked map[string]any
		if err := json.Unmarshal(s.AppendFull(nil, ""), &got); err != nil {
			t.Errorf("%s: served: %v", c.Config, err)
			continue
		}
		if err := json.Unmarshal(c.Config, &asked); err != nil {
			t.Fatal(err)
		}
		for key, value := range map[string]any{"allowedDomains": []any{"*"}, "trustedRelays": []any{}, "piiConfig": nil} {
			if _, ok := asked[key]; !ok && reflect.DeepEqual(got.Config[key], value) {
				delete(got.Config, key)
			}
		}
		delete(got.Config, "features")
		delete(c.Served, "features")
		if asked["piiConfig"] == nil {
			delete(got.Config, "piiConfig")
			delete(c.Served, "piiConfig")
		}
		if !reflect.DeepEqual(got.Config, c.Served) {
			g, _ := json.Marshal(got.Config)
			w, _ := json.Marshal(c.Served)
			t.Errorf("%s\n served %s\n want   %s", c.Config, g, w)
		}
	}
}
