package main

import (
	"context"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/processors"
	"weir/processors/chain"
)

// tryView is what people are shown about one case.
type tryView struct {
	cs    *trial
	res   chain.Result
	steps []stepView
	items []itemAnswer
}

// stepView is a line of the verdict trail.
type stepView struct {
	Unit    string   `json:"unit"` // the kind of unit; empty: the whole envelope
	Step    string   `json:"step"`
	Verdict string   `json:"verdict"` // keep, drop, dead_letter
	Outcome string   `json:"outcome,omitempty"`
	Reason  string   `json:"reason,omitempty"`
	TookUS  float64  `json:"took_us"`
	Changes []change `json:"changes,omitempty"`
	Items   int      `json:"-"` // items that ended in this step
}

// view runs a case and finds out what normalization and scrubbing changed. The chain runs a second time without scrubbing for that.
func (t *tryer) view(ctx context.Context, cs *trial) *tryView {
	warm := *cs
	if warm.steps &^= chain.StepQuota; cs.steps == 0 {
		warm.steps = noSteps | chain.StepNormalize | chain.StepFilter | chain.StepScrub
	}
	t.run(ctx, &warm, false) // compiles the rules, so that the times shown are those of the second event
	v := &tryView{cs: cs, res: t.run(ctx, cs, true)}
	var unscrubbed chain.Result
	if cs.has(chain.StepScrub) {
		without := *cs
		if without.steps &^= chain.StepScrub; cs.steps == 0 {
			without.steps = unscrubbedSteps
		}
		unscrubbed = t.run(ctx, &without, true)
	}
	v.steps = trailOf(&v.res, &unscrubbed, sentEvent(cs.envelope), cs.has(chain.StepNormalize))
	v.items = itemsOf(&v.res)
	return v
}

// unscrubbedSteps are the steps of a run that shows what scrubbing changed in another one.
const unscrubbedSteps = noSteps | chain.StepNormalize | chain.StepFilter

// trailOf lists the steps of a run with what they changed; unscrubbed is a run without scrubbing, sent the event as its sender wrote it.
func trailOf(res, unscrubbed *chain.Result, sent []byte, normalized bool) (steps []stepView) {
	plain, final := eventOf(unscrubbed), eventOf(res)
	if plain == nil {
		plain = final
	}
	for _, s := range res.Trail {
		line := stepView{Step: s.Name, Verdict: "keep", TookUS: float64(s.Took) / float64(time.Microsecond)}
		if s.Unit >= 0 {
			line.Unit = s.Kind.String()
		}
		switch s.Verdict.Action {
		case processors.ActionKeep:
		case processors.ActionDrop:
			line.Verdict, line.Outcome, line.Reason = "drop", s.Verdict.Outcome.String(), s.Verdict.Reason.Text()
		default:
			line.Verdict, line.Reason = "dead_letter", s.Verdict.Reason.Text()
		}
		if u := unitOf(res, s.Unit); u != nil {
			switch {
			case u.Event == nil:
			case s.Name == "normalize":
				if !normalized {
					line.Step = "read" // by the schema, and nothing more
				}
				line.Changes = changesOf(sent, plain)
			case s.Name == "scrub":
				line.Changes = changesOf(plain, final)
			}
			if s.Name == "scrub" {
				line.Changes = append(line.Changes, itemChanges(u, unscrubbed)...)
			}
			for _, it := range u.Items {
				if it.Step == s.Name && it.ID != outcome.Accepted {
					line.Items++
				}
			}
		}
		steps = append(steps, line)
	}
	return steps
}

// unitOf is the unit with an index, nil when there is none: the step is one of the whole envelope.
func unitOf(res *chain.Result, index int) *processors.Unit {
	for _, u := range res.Units {
		if u.Index == index {
			return u
		}
	}
	return nil
}

// eventOf is the event of a result as JSON, nil when there is none.
func eventOf(res *chain.Result) []byte {
	for _, u := range res.Units {
		if u.Event != nil && u.Event.Root != nil {
			return u.Event.AppendTo(nil)
		}
	}
	return nil
}

// sentEvent is the event of an envelope as its sender wrote it.
func sentEvent(e *envelope.Envelope) []byte {
	for i := range e.Items {
		if it := &e.Items[i]; it.CreatesEvent() || it.Type == envelope.TypeTransaction {
			if doc, err := event.Parse(it.Payload); err == nil {
				defer doc.Release()
				return doc.AppendTo(nil)
			}
		}
	}
	return []byte("{}")
}

// tryDocument is the JSON of `weir try --json`.
type tryDocument struct {
	EventID    string       `json:"event_id,omitempty"`
	Project    string       `json:"project"`
	ReceivedAt time.Time    `json:"received_at"`
	Trail      []stepView   `json:"trail"`
	Items      []itemAnswer `json:"items"`
	Outcomes   []tryOutcome `json:"outcomes"`
	Messages   []tryMessage `json:"messages"`
	Dead       []tryDead    `json:"dead_letters,omitempty"`
}

type tryOutcome struct {
	Outcome  string `json:"outcome"`
	Reason   string `json:"reason,omitempty"`
	Category string `json:"category"`
	Quantity uint64 `json:"quantity"`
}

type tryMessage struct {
	Topic   string            `json:"topic"`
	Headers map[string]string `json:"headers,omitempty"`
	Value   any               `json:"value"`
}

type tryDead struct {
	Step   string `json:"step"`
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

func (v *tryView) document() tryDocument {
	d := tryDocument{Project: v.res.Scope.Project.String(), ReceivedAt: v.cs.receivedAt, Trail: v.steps, Items: v.items, Outcomes: outcomeRows(v.res.Tallies),
		Messages: []tryMessage{}, Dead: deadRows(v.res.Dead)}
	if id := v.eventID(); !id.IsNil() {
		d.EventID = id.String()
	}
	for _, m := range v.res.Messages {
		value, err := decodeMessage(m.Value)
		if err != nil {
			value = m.Value
		}
		row := tryMessage{Topic: m.Topic.DefaultName(), Value: value}
		for _, h := range m.Headers {
			if row.Headers == nil {
				row.Headers = map[string]string{}
			}
			row.Headers[h.Key] = h.Value
		}
		d.Messages = append(d.Messages, row)
	}
	return d
}

func outcomeRows(list []outcome.Tally) []tryOutcome {
	rows := make([]tryOutcome, 0, len(list))
	for _, t := range list {
		rows = append(rows, tryOutcome{t.ID.String(), t.Reason.Text(), t.Category.String(), t.Quantity})
	}
	return rows
}

func deadRows(list []chain.Dead) (rows []tryDead) {
	for _, d := range list {
		rows = append(rows, tryDead{d.Step, d.Reason.Text(), d.Detail})
	}
	return rows
}

func (v *tryView) eventID() envelope.EventID {
	for _, u := range v.res.Units {
		if !u.EventID.IsNil() {
			return u.EventID
		}
	}
	return envelope.EventID{}
}
