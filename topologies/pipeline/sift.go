package pipeline

import (
	"context"

	"weir/codecs/raw"
	"weir/processors/chain"
	"weir/topologies/kafka/stage"
)

// unwritten runs the chains of those jobs that may have been done before, without counting for quotas, and returns the jobs whose chains have
// to run: all but those of which everything is on its topics. What is there was let through and counted when it was written.
func (p *Pipeline) unwritten(ctx context.Context, jobs []*job) (left []*job) {
	if p.cfg.Forward != nil {
		return jobs // nothing is counted
	}
	var tried []*job
	for _, j := range jobs {
		if j.seen == nil {
			left = append(left, j)
			continue
		}
		j.quotas = chain.QuotaSkip
		tried = append(tried, j)
	}
	if len(tried) == 0 {
		return jobs
	}
	p.parallel(ctx, tried)
	for _, j := range tried {
		out, oversized := p.topics.Deliver(&j.result, j.rec)
		if oversized == 0 && len(j.result.Dead) == 0 && j.seen.has(out) {
			j.out = out
			continue
		}
		j.result, j.quotas = chain.Result{}, chain.QuotaCount
		left = append(left, j)
	}
	return left
}

// sift takes out of the outputs of a record what it wrote before.
func (b *batch) sift(j *job, it *stage.Item[*raw.Record]) {
	if j.seen != nil {
		n := len(it.Out)
		j.unsure = !j.seen.knows(it.Out)
		it.Out, j.again = j.seen.rest(b.Topic, it.Out)
		b.cfg.Metrics.foundAgain(n - len(it.Out))
	}
}

// counts says that a message counts an outcome of the record at an offset already.
func (b *batch) counts(s *seen, offset int64, t *tallied) bool {
	source := b.tallySource(b.Topic, b.Partition)
	if b.cfg.Forward != nil {
		return s.reported(source, offset, &t.Tally)
	}
	one := NewAggregate(b.cfg.Outcomes)
	one.Add(&t.Tally, t.received)
	return len(one.list) == 1 && s.counted(b.Topic, source, offset, &one.list[0], b.cfg.Outcomes.Source)
}
