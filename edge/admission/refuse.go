package admission

import (
	"weir/codecs/outcome"
	"weir/codecs/raw"
	"weir/edge"
	rules "weir/processors/admission"
)

// refuse accounts for everything that is left of an envelope (edge 6.6). It must run while the payloads are there.
func (g *Gate) refuse(s *Submission, reason outcome.Reason, silent bool) {
	quantities := rules.EnvelopeQuantities(s.Envelope)
	counts := make([]raw.Discard, len(quantities))
	for i, q := range quantities {
		counts[i] = raw.Discard{ID: outcome.Invalid, Reason: reason, Category: q.Category, Quantity: q.N}
	}
	g.Refuse(s, len(s.Envelope.Items), counts, silent)
}

// refuseLimited accounts for what a rate limit took from an envelope of which nothing is written.
func (g *Gate) refuseLimited(s *Submission, l rules.Limited) {
	if len(l.Removed) > 0 {
		g.Refuse(s, len(l.Removed), l.Discards, false)
	}
}

// Refuse accounts for counts of a request that an endpoint itself refuses (edge 8.4).
func (g *Gate) Refuse(s *Submission, items int, counts []raw.Discard, silent bool) {
	g.Refusals.Add(edge.Refusal{Key: s.Key, Project: s.Project, ReceivedAt: s.ReceivedAt, Items: items, Counts: counts, Silent: silent})
}
