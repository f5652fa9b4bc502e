package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/processors/match"
	"weir/processors/normalize"
)

// parseWhere compiles a condition on the event of an envelope: JSON in the language of generic filters (filters 7), or terms
// name=pattern and name!=pattern joined by &&. An envelope without an event fits none.
func parseWhere(text string) (func(*raw.Record, *envelope.Envelope) bool, error) {
	doc := json.RawMessage(text)
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		short, err := shortCondition(text)
		if err != nil {
			return nil, err
		}
		if doc, err = json.Marshal(short); err != nil {
			return nil, err
		}
	}
	parsed, err := project.ParseCondition(doc)
	if err != nil {
		return nil, err
	}
	condition := match.CompileCondition(parsed)
	n := normalize.New(normalize.Config{})
	return func(_ *raw.Record, e *envelope.Envelope) bool {
		for i := range e.Items {
			if it := &e.Items[i]; it.CreatesEvent() && it.Type != envelope.TypeAttachment && eventFits(n, condition, e, it) {
				return true
			}
		}
		return false
	}, nil
}

// eventFits reads an event by the schema, so that old names of fields count, and matches it as it was sent.
func eventFits(n *normalize.Normalizer, c *match.Condition, e *envelope.Envelope, it *envelope.Item) bool {
	doc, err := event.Parse(it.Payload)
	if err != nil {
		return false
	}
	defer doc.Release()
	if _, err := n.Normalize(doc, normalize.Inputs{Renormalize: true, KeepUnknown: true}); err != nil {
		return false
	}
	if it.Type == envelope.TypeTransaction {
		doc.Root.Set("type", doc.NewString("transaction"))
	}
	return c.Match(&match.Event{Root: doc.Root, ForwardedFor: e.Header.ForwardedFor})
}

// shortCondition reads name=pattern && name!=pattern ….
func shortCondition(text string) (map[string]any, error) {
	inner := []any{}
	for term := range strings.SplitSeq(text, "&&") {
		name, value, ok := strings.Cut(strings.TrimSpace(term), "=")
		if !ok {
			return nil, fmt.Errorf("%q is neither name=pattern nor name!=pattern", strings.TrimSpace(term))
		}
		name, negated := strings.CutSuffix(strings.TrimSpace(name), "!")
		name, value = strings.TrimSpace(name), strings.Trim(strings.TrimSpace(value), `"`)
		if name == "" {
			return nil, errors.New("a term has no name")
		}
		if !strings.HasPrefix(name, "event.") && name != match.FieldClientIP {
			return nil, fmt.Errorf("%s: names of fields begin with event., such as event.release, event.level or event.tags.x", name)
		}
		var c any = map[string]any{"op": "glob", "name": name, "value": []string{value}}
		if negated {
			c = map[string]any{"op": "not", "inner": c}
		}
		inner = append(inner, c)
	}
	return map[string]any{"op": "and", "inner": inner}, nil
}
