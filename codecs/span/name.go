package span

import (
	_ "embed"
	"strings"
	"sync"

	"weir/codecs/event"
	"weir/codecs/record"
)

//go:embed data/names.tsv
var namesTSV string

// template is a text with attributes in it: literals and names of attributes in turns, a literal first.
type template []string

// templates are the rules by operation, tried in order.
type templates map[string][]template

type naming struct{ names, descriptions templates }

var namings = sync.OnceValue(func() naming {
	n := naming{make(templates), make(templates)}
	header := true
	for line := range strings.Lines(namesTSV) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if header {
			header = false
			continue
		}
		row := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		var list []template
		for text := range strings.SplitSeq(row[2], "|") {
			list = append(list, parseTemplate(text))
		}
		into := n.names
		if row[0] == "description" {
			into = n.descriptions
		}
		for op := range strings.SplitSeq(row[1], " ") {
			if _, taken := into[op]; !taken {
				into[op] = list
			}
		}
	}
	return n
})

func parseTemplate(text string) (t template) {
	for {
		literal, rest, more := strings.Cut(text, "{{")
		t = append(t, literal)
		if !more {
			return t
		}
		name, after, _ := strings.Cut(rest, "}}")
		t = append(t, name)
		text = after
	}
}

// fill returns the text of the first template whose attributes all have values, in the document of a.
func fill(list []template, a *record.Attributes) (string, bool) {
next:
	for _, t := range list {
		if len(t) == 1 {
			return t[0], true
		}
		var room [8]string
		parts := room[:0]
		for i, text := range t {
			if i%2 == 1 {
				var ok bool
				if text, ok = plainText(a.Value(text)); !ok {
					continue next
				}
			}
			parts = append(parts, text)
		}
		return a.Doc.Concat(parts...), true
	}
	return "", false
}

// plainText is a scalar as people read it.
func plainText(v *event.Value) (string, bool) {
	switch v.Kind() {
	case event.String:
		return v.Text(), v.Text() != ""
	case event.Number:
		text, _ := v.NumberText()
		return text, true
	case event.True:
		return "true", true
	case event.False:
		return "false", true
	}
	return "", false
}

// InferName returns the name of a span that did not bring one (items 12.4): the description of a manual one, else by its operation, else the
// operation; false when it has none.
func InferName(a *record.Attributes) (string, bool) {
	if a.Plain(AttrOrigin) == originManual {
		if text := a.Plain(AttrDescription); text != "" {
			return text, true
		}
	}
	op, ok := a.Text(AttrOp)
	if !ok {
		return "", false
	}
	if name, ok := fill(namings().names[op], a); ok {
		return name, true
	}
	return op, true
}

// InferDescription returns the description of a span that has none: the name of a manual one, else by its operation; false when nothing
// fits.
func InferDescription(a *record.Attributes, name string) (string, bool) {
	if a.Plain(AttrOrigin) == originManual {
		return name, name != ""
	}
	return fill(namings().descriptions[a.Plain(AttrOp)], a)
}
