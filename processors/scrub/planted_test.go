package scrub

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/codecs/casefile"
	"weir/codecs/event"
)

// fixed are the keys whose texts no secret is planted in.
var fixed = map[string]bool{"event_id": true, "trace_id": true, "span_id": true, "parent_span_id": true, "type": true, "_meta": true}

// everyText visits the texts below a value in order.
func everyText(v *event.Value, visit func(*event.Value)) {
	for _, m := range v.Members() {
		switch {
		case fixed[m.Key]:
		case m.Value.Kind() == event.String:
			visit(m.Value)
		default:
			everyText(m.Value, visit)
		}
	}
}

// TestPlantedSecrets puts one secret after the other into every text of events that SDKs sent. testdata/planted.json says for each text whether the
// secret must be gone (c) or stay (k) under the settings of a new project; a dot: the field does not take such a text.
func TestPlantedSecrets(t *testing.T) {
	var golden struct {
		Secrets map[string]string
		Events  map[string]map[string]string
	}
	casefile.JSON(t, "testdata/planted.json", &golden)
	c, err := Compile(nil, defaults)
	if err != nil {
		t.Fatal(err)
	}
	gone, kept := 0, 0
	for name, rows := range golden.Events {
		payload, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		for secret, row := range rows {
			doc, err := event.Parse(payload)
			if err != nil {
				t.Fatal(err)
			}
			var places []*event.Value
			everyText(doc.Root, func(v *event.Value) {
				places = append(places, v)
				v.SetString(golden.Secrets[secret])
			})
			if len(places) != len(row) {
				t.Fatalf("%s has %d texts, the expectation %d", name, len(places), len(row))
			}
			c.Event(doc)
			for i, v := range places {
				got, _ := v.Str()
				survived := strings.Contains(got, golden.Secrets[secret])
				switch {
				case row[i] == 'c' && survived:
					t.Errorf("%s: %q survives in text %d", name, secret, i)
				case row[i] == 'k' && !survived:
					t.Errorf("%s: %q is gone from text %d: %q", name, secret, i, got)
				case row[i] == 'c':
					gone++
				case row[i] == 'k':
					kept++
				}
			}
			doc.Release()
		}
	}
	t.Logf("%d secrets are gone, %d are kept", gone, kept)
}
