package admission

import (
	"weir/codecs/outcome"
	"weir/codecs/raw"
	"weir/edge"
	rules "weir/processors/admission"
)

// refuse accounts for everything that is left of an envelope and what was taken from it before (edge 6.6).
func (g *Gate) refuse(s *Submission, reason outcome.Reason, silent bool) {
	counts := s.Discards
	for _, q := range rules.EnvelopeQuantities(s.Envelope) {
		counts = append(counts, raw.Discard{ID: outcome.Invalid, Reason: reason, Category: q.Category, Quantity: q.N})
	}
	g.Refuse(s, s.removed+len(s.Envelope.Items), counts, silent)
}

// Refuse accounts for what a request counts for of which nothing is written; endpoints use it for what they refuse
// themselves (edge 8.4).
func (g *Gate) Refuse(s *Submission, items int, counts []raw.Discard, silent bool) {
	if items > 0 || len(counts) > 0 {
		g.Refusals.Add(edge.Refusal{Key: s.Key, Project: s.Project, ReceivedAt: s.ReceivedAt, Items: items, Counts: counts, Silent: silent})
	}
}
