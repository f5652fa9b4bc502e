package scrub

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"weir/codecs/event"
	"weir/codecs/project"
	"weir/processors/scrub/selector"
)

// Suggestion is a selector that reaches a value of an event.
type Suggestion struct {
	Path  string  `json:"path"`
	Value *string `json:"value"` // nil for what is no text
}

// everywhere is a pass that selects all values that may hold personal data.
var everywhere = sync.OnceValue(func() *pass {
	c, err := Compile(json.RawMessage(`{"applications":{"!$replay":["@anything"]}}`), project.Scrubbing{})
	if err != nil {
		return &pass{} // unreachable: a constant
	}
	return c.own
})

// Suggestions lists the selectors with which rules reach the values of a normalized event, in the order in which applications run. A value is named from the
// nearest structure that has a type ($user.email), else from the root, with * for positions in lists; texts and numbers also go by their type.
func Suggestions(doc *event.Doc) []Suggestion {
	c := collector{seen: make(map[string]bool)}
	if doc != nil && doc.Root.Kind() == event.Object {
		everywhere().walk(doc, doc.Root, eventSchema().event, false, c.add, selector.Root(0))
	}
	slices.SortStableFunc(c.found, func(a, b suggested) int {
		return cmp.Or(selector.Compare(a.path, b.path), compareTexts(a.value, b.value))
	})
	out := make([]Suggestion, 0, len(c.found))
	for _, s := range c.found {
		out = append(out, Suggestion{s.path.String(), s.value})
	}
	return out
}

func compareTexts(a, b *string) int {
	if a == nil || b == nil {
		return cmp.Compare(index(a != nil), index(b != nil))
	}
	return strings.Compare(*a, *b)
}

type suggested struct {
	path  *selector.Expr
	value *string
}

// collector gathers suggestions, each one once.
type collector struct {
	found []suggested
	seen  map[string]bool
}

// add suggests how to reach a value: the last component of the path.
func (c *collector) add(v *event.Value, path []selector.Component, level sensitivity) {
	if v.Kind() < event.Number { // null and booleans
		return
	}
	var value *string
	if text, ok := v.Str(); ok {
		value = &text
	}
	last := path[len(path)-1].Types
	if basic := last & (selector.String | selector.Number); basic != 0 && level == yes {
		c.suggest(value, selector.TypeItem(basic))
	}
	var items []selector.Item
	for i := len(path) - 1; i > 0; i-- {
		if t := path[i].Types &^ selector.Basic; t != 0 {
			items = append(items, selector.TypeItem(t))
			break
		}
		if key, ok := path[i].LastKey(); ok {
			items = append(items, selector.KeyItem(key))
		} else {
			items = append(items, selector.Wildcard)
		}
	}
	slices.Reverse(items)
	c.suggest(value, items...)
}

func (c *collector) suggest(value *string, items ...selector.Item) {
	s := suggested{selector.Path(items...), value}
	key := s.path.String() + "\x00"
	if value != nil {
		key += "=" + *value
	}
	if !c.seen[key] {
		c.seen[key] = true
		c.found = append(c.found, s)
	}
}
