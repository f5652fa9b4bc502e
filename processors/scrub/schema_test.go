package scrub

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"weir/codecs/event"
	"weir/codecs/project"
)

// TestFields holds the walk against the list of all text fields of the event schema: ** reaches what is sensitive, !nope
// also what may be, and nothing reaches the rest.
func TestFields(t *testing.T) {
	b, err := os.ReadFile("testdata/pii_fields.tsv")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, row := range rows(string(b), 2) {
		path := fieldPath(row[0])
		if path == nil {
			continue
		}
		n++
		for selector, want := range map[string]bool{"**": row[1] == "true", "!nope": row[1] != "false"} {
			if got := reached(t, path, selector); got != want {
				t.Errorf("%s is %s, %s reaches it: %v", row[0], row[1], selector, got)
			}
		}
	}
	if n < 280 {
		t.Errorf("only %d fields", n)
	}
}

// dotted are the parents whose keys have dots in them.
var dotted = regexp.MustCompile(`^(.*\.(?:cloudresource|data|sentry_tags|held_locks))\.(.+)$`)

// fieldPath splits a row of the list into keys, "*" for list elements; nil for rows that name no single field.
func fieldPath(row string) []string {
	row, _, _ = strings.Cut(row, " (")
	row = strings.NewReplacer("<all other listed tags>", "op", "<unlisted type>", "mine", "<any depth>", "deep", "<any key>", "anykey",
		"<unknown key>", "unknownkey", "<address>", "0x1", "*[", "*.[").Replace(row)
	if strings.Contains(row, "<") || strings.HasSuffix(row, "].type") {
		return nil
	}
	if m := dotted.FindStringSubmatch(row); m != nil {
		parent := strings.Split(m[1], ".")
		if strings.HasPrefix(m[2], "0x1.") {
			return append(parent, strings.Split(m[2], ".")...)
		}
		return append(parent, m[2])
	}
	return strings.Split(row, ".")
}

// reached reports whether a rule that deletes, applied to the selector, changes the field or what it stands in.
func reached(t *testing.T, path []string, selector string) bool {
	t.Helper()
	input, err := json.Marshal(nest(path))
	if err != nil {
		t.Fatal(err)
	}
	const rule = `{"type":"pattern","pattern":"dir|text","redaction":{"method":"mask"}}` // leaves containers alone
	c, err := Compile(json.RawMessage(fmt.Sprintf(`{"rules":{"r":%s},"applications":{%q:["r"]}}`, rule, selector)), project.Scrubbing{})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := event.Parse(input)
	if err != nil {
		t.Fatal(err)
	}
	defer doc.Release()
	c.Event(doc)
	return !strings.Contains(string(doc.Root.AppendTo(nil)), `"/dir/text"`) // paths lose their directory
}

// nest builds the value that has a text at path.
func nest(path []string) any {
	if len(path) == 0 {
		return "/dir/text"
	}
	key, rest := path[0], path[1:]
	switch {
	case key == "*" && len(rest) > 0 && rest[0][0] == '[':
		image := nest(rest[1:]).(map[string]any)
		kind, _, _ := strings.Cut(strings.Trim(rest[0], "[]"), "(")
		if image["type"] == nil || kind != "native" {
			image["type"] = map[string]string{"native": "elf"}[kind]
			if kind != "native" {
				image["type"] = kind
			}
		}
		return []any{image}
	case key == "*":
		return []any{nest(rest)}
	case key == "tags" && len(rest) == 1 && rest[0] == "anykey", key == "headers", key == "cookies", key == "query_string":
		return map[string]any{key: []any{[]any{"anykey", "/dir/text"}}}
	}
	return map[string]any{key: nest(rest)}
}

func TestSchemaIsComplete(t *testing.T) {
	s := eventSchema()
	for name := range structTypes {
		if s.shapes[name] == nil {
			t.Errorf("type %s is not part of the event", name)
		}
	}
	if p, ok := attributeSensitivity("score.ratio."); p != maybe || !ok {
		t.Error("score.ratio is a score", p, ok)
	}
	for name, want := range map[string]sensitivity{"sentry.release": no, "url.domain": maybe, "url.full": yes, "score.x": maybe, "score.ratio.x": maybe} {
		if p, ok := attributeSensitivity(name); p != want || !ok {
			t.Errorf("%s is %d, %v", name, p, ok)
		}
	}
	for _, name := range []string{"", ".", "score", "score.", "made.up", "score.ratio.x.y"} {
		if _, ok := attributeSensitivity(name); ok {
			t.Errorf("%q is known", name)
		}
	}
}
