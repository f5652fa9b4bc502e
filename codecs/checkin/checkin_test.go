package checkin

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"weir/codecs/casefile"
	"weir/codecs/dsn"
	"weir/codecs/envelope"
)

type vectors struct {
	Slugify []struct {
		In, Out string
		Routed  *string
	}
	Hints []struct {
		Project     dsn.ProjectID `json:"project_id"`
		Slug        string        `json:"monitor_slug"`
		Environment *string
		UUID        string
	} `json:"routing_hint"`
	Process []struct {
		In      json.RawMessage
		Out     json.RawMessage
		Outcome []any
		Why     string
	}
}

func load(t *testing.T) vectors {
	t.Helper()
	var v vectors
	casefile.JSON(t, "testdata/check_in.json", &v)
	return v
}

func TestSlugifyVectors(t *testing.T) {
	for _, c := range load(t).Slugify {
		if got := Slugify(c.In); got != c.Out {
			t.Errorf("Slugify(%q) = %q, want %q", c.In, got, c.Out)
		}
		if c.Routed == nil {
			continue
		}
		in := CheckIn{Slug: c.In}
		if err := in.Normalize(); err != nil {
			t.Fatal(err)
		}
		if got := Slugify(in.Slug); got != *c.Routed {
			t.Errorf("Slugify of the cut %q = %q, want %q", c.In, got, *c.Routed)
		}
	}
}

func TestRouteVectors(t *testing.T) {
	for _, c := range load(t).Hints {
		in := CheckIn{Slug: c.Slug}
		if c.Environment != nil {
			in.Environment = *c.Environment
		}
		id := in.Route(c.Project)
		if got := envelope.EventID(id).Hyphenated(); got != c.UUID {
			t.Errorf("%s/%s: route %s, want %s", c.Slug, in.Environment, got, c.UUID)
		}
	}
}

func TestProcessVectors(t *testing.T) {
	for _, c := range load(t).Process {
		got, err := Parse(c.In)
		reason := ""
		if err != nil {
			reason = "invalid_json"
		} else if err = got.Normalize(); errors.Is(err, ErrInvalid) {
			reason = "invalid_check_in"
		}
		if c.Outcome != nil {
			if reason != c.Outcome[1] {
				t.Errorf("%s: reason %q, want %v (%s)", c.In, reason, c.Outcome, c.Why)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.In, err)
			continue
		}
		var want, have any
		if json.Unmarshal(c.Out, &want) != nil || json.Unmarshal(got.AppendTo(nil), &have) != nil || !reflect.DeepEqual(want, have) {
			t.Errorf("%s: got %s, want %s", c.In, got.AppendTo(nil), c.Out)
		}
	}
}

func TestAppendOrder(t *testing.T) {
	in := `{"z":1,"a":[1, 2],"contexts":{"y":1,"trace":{"b":2,"trace_id":"8F431B7AA08441BBBD5A0100FD91F9FE","a":1}},"duration":21,` +
		`"monitor_config":{"q":null,"owner":"o","timezone":"UTC","recovery_threshold":4,"failure_issue_threshold":3,"max_runtime":2,"checkin_margin":1,` +
		`"schedule":{"value":"* * * * *","type":"crontab"}},"environment":"e","status":"ok","monitor_slug":"s","check_in_id":"a460c25f-f255-4577-b920-fcfacae4e5eb"}`
	want := `{"check_in_id":"a460c25ff2554577b920fcfacae4e5eb","monitor_slug":"s","status":"ok","environment":"e","duration":21.0,` +
		`"monitor_config":{"schedule":{"type":"crontab","value":"* * * * *"},"checkin_margin":1,"max_runtime":2,"failure_issue_threshold":3,` +
		`"recovery_threshold":4,"timezone":"UTC","owner":"o","q":null},"contexts":{"trace":{"trace_id":"8f431b7aa08441bbbd5a0100fd91f9fe","a":1,"b":2},"y":1},"a":[1,2],"z":1}`
	c, err := Parse([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(c.AppendTo(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"status":"ok","monitor_slug":"a"}`, `{"status":"missed","contexts":{},"monitor_config":{"schedule":{"type":"interval","value":1,"unit":"day"}}}`,
		`{"status":"ok","x":{"y":[null,1e3,"\u00e9"]},"duration":1e300}`, `[]`, `{"status":null}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Parse(b)
		if err != nil {
			return
		}
		one := c.AppendTo(nil)
		again, err := Parse(one)
		if err != nil {
			t.Fatalf("%q: own output does not parse: %v", one, err)
		}
		if two := again.AppendTo(nil); string(two) != string(one) {
			t.Fatalf("not stable: %q then %q", one, two)
		}
		_ = c.Normalize()
		id := c.Route(1)
		if strings.Trim(hex.EncodeToString(id[:]), "0") == "" {
			t.Fatal("empty route")
		}
	})
}
