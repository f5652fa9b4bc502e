package scrub

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/klauspost/compress/zlib"

	"weir/codecs/casefile"
	"weir/codecs/event"
	"weir/codecs/project"
	"weir/processors"
	"weir/processors/scrub/selector"
)

// vector is one case of testdata/vectors.
type vector struct {
	Name                  string
	Config                json.RawMessage
	Settings              *project.Scrubbing
	DatascrubbingSettings *project.Scrubbing
	Type                  string
	Input                 json.RawMessage
	Output                json.RawMessage
}

func load[T any](t *testing.T, file string) []T {
	t.Helper()
	var out []T
	casefile.JSON(t, filepath.Join("testdata/vectors", file+".json"), &out)
	return out
}

var eventFiles = []string{
	"builtin", "graphql", "legacy", "meta", "mixed", "pattern", "redaction", "resolution", "selectors", "sensitivity", "structures",
}

func TestVectors(t *testing.T) {
	n := 0
	for _, file := range eventFiles {
		for _, v := range load[vector](t, file) {
			n++
			if fault := v.check(); fault != "" {
				t.Errorf("%s %s: %s", file, v.Name, fault)
			}
		}
	}
	t.Logf("%d vectors", n)
}

// check returns how the result differs, "" when it is as expected.
func (v *vector) check() string {
	var settings project.Scrubbing
	for _, s := range []*project.Scrubbing{v.Settings, v.DatascrubbingSettings} {
		if s != nil {
			settings = *s
		}
	}
	c, err := Compile(v.Config, settings)
	if err != nil {
		return err.Error()
	}
	doc, err := event.Parse(v.Input)
	if err != nil {
		return err.Error()
	}
	defer doc.Release()
	asParsed(doc)
	c.Event(doc)
	return difference(doc.AppendTo(nil), v.Output)
}

// asParsed does to the one vector that is not in parsed form what parsing does to it.
func asParsed(doc *event.Doc) {
	if ip := doc.Root.At("sdk", "client_ip"); ip.Kind() == event.String {
		if s, _ := ip.Str(); !validAddress(s) {
			doc.SoftDelete(ip)
			doc.AddError(ip, event.InvalidData, "expected an ip address")
		}
	}
}

// difference compares JSON values. Members that are null or empty objects count as absent: whether they are written belongs
// to the schema, not to scrubbing.
func difference(got, want []byte) string {
	var g, w any
	if err := json.Unmarshal(got, &g); err != nil {
		return err.Error()
	}
	if err := json.Unmarshal(want, &w); err != nil {
		return err.Error()
	}
	if g, w = withoutNulls(g), withoutNulls(w); reflect.DeepEqual(g, w) {
		return ""
	}
	a, _ := json.Marshal(g)
	b, _ := json.Marshal(w)
	return fmt.Sprintf("\n got %s\nwant %s", a, b)
}

func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if x = withoutNulls(x); x == nil {
				delete(v, k)
			} else {
				v[k] = x
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i, x := range v {
			v[i] = withoutNulls(x)
		}
	}
	return v
}

func TestConvert(t *testing.T) {
	for _, v := range load[struct {
		Name     string
		Settings project.Scrubbing
		Config   json.RawMessage
	}](t, "convert") {
		got, err := Generated(v.Settings)
		if err != nil {
			t.Fatal(err)
		}
		if d := difference(got, v.Config); d != "" {
			t.Errorf("%s: %s", v.Name, d)
		}
	}
}

func TestConfigValidation(t *testing.T) {
	for _, v := range load[struct {
		Config string
		Valid  bool
		Error  string
	}](t, "config_validation") {
		err := Validate(json.RawMessage(v.Config))
		if (err == nil) != v.Valid {
			t.Errorf("%s: valid %v, got %v", v.Config, v.Valid, err)
		}
	}
}

func TestSelectorSyntax(t *testing.T) {
	for _, v := range load[struct {
		Selector, Canonical, Error string
		Valid                      bool
	}](t, "selector_syntax") {
		e, err := selector.Parse(v.Selector)
		switch {
		case (err == nil) != v.Valid:
			t.Errorf("%q: valid %v, got %v", v.Selector, v.Valid, err)
		case err != nil && err.Error() != v.Error:
			t.Errorf("%q: error %q, got %q", v.Selector, v.Error, err)
		case err == nil && e.String() != v.Canonical:
			t.Errorf("%q: canonical %q, got %q", v.Selector, v.Canonical, e)
		}
	}
}

func TestChunks(t *testing.T) {
	for _, v := range load[struct {
		Text    string
		Remarks [][]any
		Chunks  []struct{ Type, Text, Rule_ID, Remark string }
	}](t, "chunks") {
		s := subject{text: v.Text, meta: new(event.Meta)}
		for _, r := range v.Remarks {
			remark := event.Remark{Rule: r[0].(string), Type: r[1].(string)[0]}
			if len(r) > 2 {
				remark.Start, remark.End, remark.HasRange = int(r[2].(float64)), int(r[3].(float64)), true
			}
			s.meta.Remarks = append(s.meta.Remarks, remark)
		}
		(&walker{doc: event.New()}).prepare(&s)
		got := s.pieces
		if s.plain {
			got = []piece{{text: s.text}}
		}
		var want []piece
		for _, c := range v.Chunks {
			p := piece{text: c.Text, rule: c.Rule_ID}
			if c.Type == "redaction" {
				p.remark = c.Remark[0]
			}
			want = append(want, p)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %v, want %v", v.Text, got, want)
		}
	}
}

func TestAttachments(t *testing.T) {
	type content struct {
		Name, Filename        string
		Config                json.RawMessage
		Input_Hex, Output_Hex string
		Changed               bool
	}
	for _, v := range append(load[content](t, "attachments"), load[content](t, "attachments_unicode")...) {
		c, err := Compile(v.Config, project.Scrubbing{})
		if err != nil {
			t.Fatal(v.Name, err)
		}
		input, _ := hex.DecodeString(v.Input_Hex)
		c.attachments.named = true // the vectors are about what follows once the switch is on
		got := c.Attachment(v.Filename, input)
		if hex.EncodeToString(got) != v.Output_Hex || hex.EncodeToString(input) != v.Input_Hex {
			t.Errorf("%s: got %q", v.Name, got)
		}
	}
}

func TestViewHierarchies(t *testing.T) {
	for _, v := range load[struct {
		vector
		Feature       *bool
		Input, Output string
	}](t, "view_hierarchies") {
		var settings project.Scrubbing
		if v.Settings != nil {
			settings = *v.Settings
		}
		c, err := Compile(v.Config, settings)
		if err != nil {
			t.Fatal(v.Name, err)
		}
		got := []byte(v.Input)
		if v.Feature == nil || *v.Feature {
			got, _ = c.ViewHierarchy(got)
		} else {
			got = c.Attachment("view-hierarchy.json", got)
		}
		if string(got) != v.Output {
			t.Errorf("%s:\n got %s\nwant %s", v.Name, got, v.Output)
		}
	}
}

func TestAttributes(t *testing.T) {
	kinds := map[string]processors.Kind{"log": processors.KindLogs, "span": processors.KindSpans}
	for _, v := range load[vector](t, "attributes") {
		var settings project.Scrubbing
		if v.Settings != nil {
			settings = *v.Settings
		}
		c, err := Compile(v.Config, settings)
		if err != nil {
			t.Fatal(v.Name, err)
		}
		doc, err := event.Parse(v.Input)
		if err != nil {
			t.Fatal(v.Name, err)
		}
		c.Record(kinds[v.Type], doc, doc.Root)
		if d := difference(doc.AppendTo(nil), v.Output); d != "" {
			t.Errorf("%s: %s", v.Name, d)
		}
	}
}

func TestMinidumps(t *testing.T) {
	for _, v := range load[struct {
		Name, Filename        string
		Config                json.RawMessage
		Input_Hex, Output_Hex string
	}](t, "minidumps") {
		c, err := Compile(v.Config, project.Scrubbing{})
		if err != nil {
			t.Fatal(v.Name, err)
		}
		input, _ := hex.DecodeString(v.Input_Hex)
		got := c.Minidump(v.Filename, input)
		if hex.EncodeToString(got) != v.Output_Hex || hex.EncodeToString(input) != v.Input_Hex {
			want, _ := hex.DecodeString(v.Output_Hex)
			t.Errorf("%s:\n got %q\nwant %q", v.Name, got, want)
		}
	}
}

func TestRecordings(t *testing.T) {
	for _, v := range load[struct {
		vector
		Input, Output             string
		Input_Plain, Output_Plain bool
		Outcome                   []any
	}](t, "recordings") {
		var settings project.Scrubbing
		if v.Settings != nil {
			settings = *v.Settings
		}
		c, err := Compile(v.Config, settings)
		if err != nil {
			t.Fatal(v.Name, err)
		}
		body := []byte(v.Input)
		if !v.Input_Plain {
			body = deflated(t, body)
		}
		got, err := c.Recording(append([]byte("{\"segment_id\":0}\n"), body...), 1<<20)
		if (err != nil) != (v.Outcome != nil) {
			t.Errorf("%s: %v", v.Name, err)
		}
		if err != nil {
			continue
		}
		head, body, _ := bytes.Cut(got, []byte{'\n'})
		if !v.Output_Plain {
			body, err = inflated(body, 1<<20)
		}
		if string(head) != "{\"segment_id\":0}" || string(body) != v.Output || err != nil {
			t.Errorf("%s:\n got %s, %v\nwant %s", v.Name, body, err, v.Output)
		}
	}
}

func deflated(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSuggestions(t *testing.T) {
	for _, v := range load[struct {
		Event       json.RawMessage
		Suggestions []Suggestion
	}](t, "suggestions") {
		doc, err := event.Parse(v.Event)
		if err != nil {
			t.Fatal(err)
		}
		if got := Suggestions(doc); !reflect.DeepEqual(got, v.Suggestions) {
			a, _ := json.Marshal(got)
			b, _ := json.Marshal(v.Suggestions)
			t.Errorf("%s:\n got %s\nwant %s", v.Event, a, b)
		}
	}
}
