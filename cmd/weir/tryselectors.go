package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"weir/processors/chain"
	"weir/processors/scrub"
)

// selectors prints how rules of a PII config can name the values of the normalized event.
func (t *tryer) selectors(ctx context.Context, w io.Writer, cs trial, asJSON bool) error {
	cs.steps = noSteps | chain.StepNormalize
	res := t.run(ctx, &cs, true)
	list := []scrub.Suggestion{}
	for _, u := range res.Units {
		if u.Event != nil {
			list = append(list, scrub.Suggestions(u.Event)...)
		}
	}
	if asJSON {
		return writeJSON(w, list)
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range list {
		value := ""
		if s.Value != nil {
			quoted, err := json.Marshal(*s.Value)
			if err != nil {
				return fmt.Errorf("try: %w", err)
			}
			value = shown(quoted)
		}
		fmt.Fprintf(out, "%s\t%s\n", s.Path, value)
	}
	return out.Flush()
}
