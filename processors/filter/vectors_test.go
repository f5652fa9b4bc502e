package filter

import (
	"context"
	"encoding/json"
	"fmt"
	"net/textproto"
	"path/filepath"
	"testing"

	"weir/codecs/casefile"
	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/project"
	"weir/processors"
)

// pending are vectors that weir does not satisfy yet, as file/name. The list may only shrink.
var pending = map[string]bool{}

type vector struct {
	Name     string          `json:"name"`
	Config   json.RawMessage `json:"config"`
	Event    json.RawMessage `json:"event"`
	Expected *string         `json:"expected"`
	ClientIP string          `json:"client_ip"`
	Global   json.RawMessage `json:"global_filters"`
}

func TestVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 11 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	step := Step(Config{})
	n, failed := 0, map[string]bool{}
	for _, file := range files {
		var vectors []vector
		casefile.JSON(t, file, &vectors)
		for _, v := range vectors {
			n++
			name := filepath.Base(file) + "/" + v.Name
			want := ""
			if v.Expected != nil {
				want = *v.Expected
			}
			got, err := v.run(step)
			if err == nil && got == want {
				continue
			}
			failed[name] = true
			if !pending[name] {
				t.Errorf("%s: %q %v, want %q", name, got, err, want)
			}
		}
	}
	for name := range pending {
		if !failed[name] {
			t.Errorf("%s passes: take it off the list", name)
		}
	}
	t.Logf("%d vectors, %d pending", n, len(pending))
}

func (v *vector) run(step processors.Step) (string, error) {
	st, err := project.Parse([]byte(fmt.Sprintf(`{"config":{"filterSettings":%s}}`, v.Config)))
	if err != nil {
		return "", err
	}
	g := project.DefaultGlobal()
	if v.Global != nil {
		if g, err = project.ParseGlobal([]byte(fmt.Sprintf(`{"filters":%s}`, v.Global))); err != nil {
			return "", err
		}
	}
	doc, err := event.Parse(v.Event)
	if err != nil {
		return "", err
	}
	defer doc.Release()
	canonical(doc)
	forwarded := v.ClientIP + ", 10.0.0.1"
	if v.ClientIP == "" {
		forwarded = "unknown, 10.0.0.1"
	}
	u := &processors.Unit{Facts: &processors.Facts{Project: st, Global: g, Header: &envelope.Header{ForwardedFor: forwarded}}, Event: doc}
	verdict := step(context.Background(), u)
	if verdict.Action == processors.ActionKeep {
		return "", nil
	}
	return string(verdict.Reason), nil
}

// canonical writes header names as normalisation does: the vectors have some in other case.
func canonical(doc *event.Doc) {
	for _, m := range doc.Root.Get("request").Get("headers").Members() {
		if name, ok := m.Value.Index(0).Str(); ok {
			m.Value.SetAt(0, doc.NewString(textproto.CanonicalMIMEHeaderKey(name)))
		}
	}
}
