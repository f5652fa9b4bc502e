package admission

import (
	"weir/codecs/outcome"
	"weir/codecs/raw"
	"weir/edge"
	rules "weir/processors/admission"
)

// refuse accounts for everything that is left of an envelope and what was taken from it before (edge 6.6).
func (g *Gate) refuse(s *Submission, reason outcome.Reason, silent bool) {
	g.add(s.refusal(s.removed+len(s.Envelope.Items), s.counts(reason), silent))
}

// refuseLater is refuse if the write comes to nothing. If it is done late, the record itself counts for what it holds.
func (g *Gate) refuseLater(s *Submission, reason outcome.Reason, late *edge.Late) {
	r := s.refusal(s.removed+len(s.Envelope.Items), s.counts(reason), false)
	late.Then(func(err error) {
		if err != nil {
			g.add(r)
		}
	})
}

// Refuse accounts for what a request counts for of which nothing is written; endpoints use it for what they refuse
// themselves (edge 8.4).
func (g *Gate) Refuse(s *Submission, items int, counts []raw.Discard, silent bool) {
	g.add(s.refusal(items, counts, silent))
}

func (g *Gate) add(r edge.Refusal) {
	if r.Items > 0 || len(r.Counts) > 0 {
		g.Refusals.Add(r)
	}
}

// counts is what has been discarded, and the items left with a reason.
func (s *Submission) counts(reason outcome.Reason) []raw.Discard {
	counts := s.Discards
	for _, q := range rules.EnvelopeQuantities(s.Envelope) {
		counts = append(counts, raw.Discard{ID: outcome.Invalid, Reason: reason, Category: q.Category, Quantity: q.N})
	}
	return counts
}

func (s *Submission) refusal(items int, counts []raw.Discard, silent bool) edge.Refusal {
	return edge.Refusal{Key: s.Key, Project: s.Project, ReceivedAt: s.ReceivedAt, Items: items, Counts: counts, Silent: silent}
}
