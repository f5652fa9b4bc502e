package pipeline

import (
	"weir/codecs/document"
	"weir/codecs/ingest"
	"weir/codecs/raw"
	"weir/processors"
	"weir/processors/chain"
)

// asDocuments replaces the messages of a result by documents (weir.output.format: json). What is no message, which no step makes, is
// returned with the messages that no topic takes.
func asDocuments(res *chain.Result, rec *raw.Record) (broken []int) {
	unitOf := messageUnits(res)
	facts := document.Facts{Receipt: rec.Receipt.String(), ReceivedAt: rec.ReceivedAt, Scope: res.Scope}
	last := -2
	list := make([]ingest.Message, len(res.Messages))
	for i := range res.Messages {
		if unitOf[i] != last && unitOf[i] >= 0 {
			u := res.Units[unitOf[i]]
			last, facts.EventID, facts.Client, facts.Trail = unitOf[i], u.EventID, u.Client(), trailOf(res, u)
		}
		m := res.Messages[i]
		value, err := document.Append(make([]byte, 0, len(m.Value)*5/4+512), &facts, &m)
		if err != nil {
			broken = append(broken, i)
		}
		m.Value, m.Buffer = value, nil
		list[i] = m
	}
	res.Messages = list
	return broken
}

// trailOf lists the steps of a unit, those of the whole envelope first.
func trailOf(res *chain.Result, u *processors.Unit) []document.Step {
	var list []document.Step
	for _, s := range res.Trail {
		if s.Unit != -1 && s.Unit != u.Index {
			continue
		}
		verdict := "keep"
		if s.Verdict.Action != processors.ActionKeep {
			verdict = s.Verdict.Reason.Text()
		}
		list = append(list, document.Step{Name: s.Name, Verdict: verdict})
	}
	return list
}
