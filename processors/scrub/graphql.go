package scrub

import (
	"strings"

	"weir/codecs/event"
)

// scrubGraphQL hides the variables of a GraphQL request and what the response gives back of them (scrub 8.4). It leaves no
// remarks.
func scrubGraphQL(doc *event.Doc) {
	request := doc.Root.Get("request")
	if target, ok := request.Get("api_target").Str(); !ok || !strings.EqualFold(target, "graphql") {
		return
	}
	data := request.Get("data")
	if data.Kind() != event.Object {
		return
	}
	names := make(map[string]bool)
	if variables := data.Get("variables"); variables.Kind() == event.Object {
		for _, m := range variables.Members() {
			names[m.Key] = true
			m.Value.SetString(defaultText)
		}
	}
	response := responseContext(doc.Root.Get("contexts"))
	answer := response.Get("data")
	if inner := answer.Get("data"); inner.Kind() != event.Object {
		return
	} else if len(names) == 0 {
		answer.Delete("data")
	} else {
		hideNamed(inner, names)
	}
}

func responseContext(contexts *event.Value) *event.Value {
	c := contexts.Get("response")
	if name, ok := c.Get("type").Str(); ok && name != "response" {
		return nil
	}
	return c
}

func hideNamed(o *event.Value, names map[string]bool) {
	for _, m := range o.Members() {
		switch {
		case m.Value.Kind() == event.Object:
			hideNamed(m.Value, names)
		case names[m.Key]:
			m.Value.SetString(defaultText)
		}
	}
}
