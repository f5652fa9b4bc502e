package scrub

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/codecs/casefile"
	"weir/codecs/event"
	"weir/codecs/project"
)

func seeds(f *testing.F, add func(config, input string)) {
	for _, file := range eventFiles {
		var vectors []vector
		casefile.JSON(f, filepath.Join("testdata/vectors", file+".json"), &vectors)
		for i, v := range vectors {
			if i%5 == 0 && len(v.Config) < 1000 {
				add(string(v.Config), string(v.Input))
			}
		}
	}
}

// FuzzConfig checks that no config makes trouble and that the canonical form of one is canonical.
func FuzzConfig(f *testing.F) {
	seeds(f, func(config, _ string) { f.Add(config) })
	f.Fuzz(func(t *testing.T, config string) {
		canonical, err := Canonical(json.RawMessage(config))
		if err != nil {
			return
		}
		again, err := Canonical(canonical)
		if err != nil {
			t.Fatalf("%s cannot be read: %v", canonical, err)
		}
		if !bytes.Equal(canonical, again) && !bytes.Contains(canonical, []byte("$string")) {
			t.Fatalf("%s becomes %s", canonical, again) // but a key that is a legacy word becomes that word
		}
		_ = Validate(json.RawMessage(config))
	})
}

// FuzzEvent checks that no event makes trouble under any config, that the result is a document again, and that texts that
// are one redaction as a whole stay as they are.
func FuzzEvent(f *testing.F) {
	seeds(f, func(config, input string) { f.Add(config, input) })
	whole, err := Compile(json.RawMessage(`{"applications":{"**":["@password:filter"]}}`), project.Scrubbing{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, config, input string) {
		c, err := Compile(json.RawMessage(config), defaults)
		if err != nil {
			return
		}
		doc, err := event.Parse([]byte(input))
		if err != nil || strings.Contains(input, `"":`) {
			return // the empty key is where `_meta` keeps a node's own data: such a member's cannot be read again
		}
		defer doc.Release()
		c.Event(doc)
		whole.Event(doc)
		first := doc.AppendTo(nil)
		again, err := event.Parse(first)
		if err != nil {
			t.Fatalf("scrubbed event cannot be read: %v", err)
		}
		defer again.Release()
		whole.Event(again)
		if second := again.AppendTo(nil); !bytes.Equal(first, second) {
			t.Fatalf("%s\nbecomes %s", first, second)
		}
	})
}

// TestDefaultTwice: what the default settings leave of a real event they leave alone.
func TestDefaultTwice(t *testing.T) {
	c, err := Compile(nil, defaults)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"node_error", "flask_error", "browser_transaction"} {
		payload, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := event.Parse(payload)
		if err != nil {
			t.Fatal(err)
		}
		c.Event(doc)
		first := doc.AppendTo(nil)
		if bytes.Equal(first, bytes.TrimSpace(payload)) {
			t.Errorf("%s: nothing was scrubbed", name)
		}
		c.Event(doc)
		if d := difference(doc.AppendTo(nil), first); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		doc.Release()
	}
}
