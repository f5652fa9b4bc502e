package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"weir/codecs/ingest"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/group"
	"weir/topologies/kafka/session"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// takeovers are partitions that somebody left in the middle of the work: killed, cut off or failed. What was read there and not committed is
// processed again, up to where the partition ended when it was taken over. What such a record causes may be on its topics already; it is looked
// for there, so that it is neither written again nor goes without being named.
type takeovers struct {
	mu    sync.Mutex
	parts map[session.TP]*takeover
	wg    sync.WaitGroup
}

// takeover is one look at what was left, for partitions that were taken over together.
type takeover struct {
	stop  context.CancelFunc // nobody wants to know any more
	ready chan struct{}      // closed when the rest is known
	until map[session.TP]int64
	since time.Time
	seen  *seen // nil: not known
}

// skew bounds how much the clock of the edge, which dates raw records, is ahead of that of a worker, which dates outputs.
const skew = 5 * time.Second

// taken begins to look at what partitions were left with; it does not block.
func (p *Pipeline) taken(ctx context.Context, list []group.Taken) {
	ctx, stop := context.WithTimeout(ctx, scanTime)
	t := &takeover{stop: stop, ready: make(chan struct{}), until: map[session.TP]int64{}}
	var left []group.Taken
	p.takeovers.mu.Lock()
	for _, k := range list {
		p.takeovers.forget(k.TP)
		if !k.Clean {
			left = append(left, k)
			p.takeovers.parts[k.TP] = t
		}
	}
	p.takeovers.mu.Unlock()
	if len(left) == 0 {
		stop()
		return
	}
	p.takeovers.wg.Go(func() {
		defer p.looked(t, left)
		defer stop()
		begun := p.cfg.Clock()
		if err := p.look(ctx, t, left); errors.Is(ctx.Err(), context.Canceled) {
			return // nobody wants to know any more
		} else if err != nil {
			p.cfg.Log.Warn("what was written for the next records by a process that ended is not known; what is repeated goes without being named", "error", err)
		} else if t.seen != nil {
			p.cfg.Log.Info("records that may have been processed before: looked for what was written", "partitions", len(t.until), "outputs", len(t.seen.outputs), "took", p.cfg.Clock().Sub(begun))
		}
	})
}

// looked says that the rest of a takeover is known. A partition that has nothing left is over: it may be idle, and would keep what was seen.
func (p *Pipeline) looked(t *takeover, left []group.Taken) {
	close(t.ready)
	for _, k := range left {
		if _, ok := t.until[k.TP]; !ok {
			p.over(k.TP, t)
		}
	}
}

// look finds the records that may have been processed, and reads what has been written since.
func (p *Pipeline) look(ctx context.Context, t *takeover, left []group.Taken) error {
	adm, done, err := p.cfg.Cluster.Admin()
	if err != nil {
		return err
	}
	defer done()
	starts, err := adm.ListStartOffsets(ctx, p.cfg.Names.Raw, p.cfg.Names.Released)
	if err != nil {
		return fmt.Errorf("first offsets: %w", err)
	}
	ends, err := adm.ListEndOffsets(ctx, p.cfg.Names.Raw, p.cfg.Names.Released)
	if err != nil {
		return fmt.Errorf("last offsets: %w", err)
	}
	at := map[session.TP]int64{}
	for _, k := range left {
		from, until := k.Offset, listed(ends, k.TP)
		if from = max(from, listed(starts, k.TP)); from < until {
			at[k.TP], t.until[k.TP] = from, until
		}
	}
	if len(at) == 0 {
		return nil
	}
	times, err := heads(ctx, p.cfg.Cluster, at)
	if err != nil {
		return fmt.Errorf("records that are not finished: %w", err)
	}
	since := p.cfg.Clock()
	for _, k := range left {
		if head, ok := times[k.TP]; ok {
			// Outputs are younger than their record and than the time in the commit.
			if head = head.Add(-skew); k.Since.After(head) {
				head = k.Since
			}
			if head.Before(since) {
				since = head
			}
		}
	}
	t.since = since
	t.seen, err = p.writtenSince(ctx, since)
	return err
}

// reach is how long a cluster has at most to say where its topics begin: work does not wait for one that is away.
const reach = 2 * time.Second

// writtenSince reads what is on the topics of outputs, on all clusters at once. Of a cluster on which topics of single kinds lie nothing may be
// known then.
func (p *Pipeline) writtenSince(ctx context.Context, since time.Time) (*seen, error) {
	found := newSeen(&p.cfg.Names, p.topics)
	places := p.outputs()
	errs := make([]error, len(places))
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i, c := range places {
		wg.Go(func() {
			first := reach
			if i == 0 { // the cluster of all else
				first = scanTime
			}
			errs[i] = scan(ctx, c.cluster, c.topics, since, first, func(r *kgo.Record) {
				mu.Lock()
				defer mu.Unlock()
				found.add(r)
			})
		})
	}
	wg.Wait()
	for i, err := range errs {
		switch {
		case err == nil:
		case i == 0:
			return nil, fmt.Errorf("what was written since %s: %w", since.UTC().Format(time.RFC3339), err)
		case errors.Is(ctx.Err(), context.Canceled):
			return nil, ctx.Err()
		default:
			p.cfg.Log.Warn("what was written to topics of another cluster by a process that ended is not known; what is repeated there goes without being named", "topics", places[i].topics, "error", err)
			for _, name := range places[i].topics {
				found.unknown[name] = true
			}
		}
	}
	return found, nil
}

func listed(offsets kadm.ListedOffsets, tp session.TP) int64 {
	if o, ok := offsets.Lookup(tp.Topic, tp.Part); ok && o.Err == nil {
		return o.Offset
	}
	return 0
}

// place is where outputs go.
type place struct {
	cluster client.Config
	topics  []string
}

// outputs are all topics to which the records of single envelopes and their outcomes go.
func (p *Pipeline) outputs() []place {
	here := place{p.cfg.Cluster, []string{p.cfg.Names.Parked, p.cfg.Names.DeadLetters}}
	if p.cfg.Forward != nil {
		here.topics = append(here.topics, p.cfg.Names.Forward)
		return []place{here}
	}
	var others []place
	listed := map[string]bool{}
	for _, t := range ingest.AllTopics {
		for _, name := range p.topics.names[t] {
			if listed[name] {
				continue
			}
			listed[name] = true
			if cluster, ok := p.cfg.Clusters[name]; ok {
				others = append(others, place{cluster, []string{name}})
				continue
			}
			here.topics = append(here.topics, name)
		}
	}
	return append([]place{here}, others...)
}

// before returns what is known about the outputs of a record that may have been processed before: nil when it was not, or when nothing is
// known. It waits until that is read.
func (p *Pipeline) before(ctx context.Context, tp session.TP, offset int64) *seen {
	p.takeovers.mu.Lock()
	t := p.takeovers.parts[tp]
	p.takeovers.mu.Unlock()
	if t == nil {
		return nil
	}
	select {
	case <-t.ready:
	case <-ctx.Done():
		return nil
	}
	if offset < t.until[tp] {
		return t.seen
	}
	return nil // what came before may not be committed yet: doubt decides when it is over
}

// doubt says for a commit whether what follows the offset may have been processed by somebody before this process, and since when.
func (p *Pipeline) doubt(tp session.TP, offset int64) (since time.Time, yes bool) {
	p.takeovers.mu.Lock()
	t := p.takeovers.parts[tp]
	p.takeovers.mu.Unlock()
	if t == nil {
		return since, false
	}
	select {
	case <-t.ready:
	default:
		return since, true
	}
	if offset < t.until[tp] {
		return t.since, true
	}
	p.over(tp, t)
	return since, false
}

// over forgets a takeover: everything that may have been processed before is finished, or nothing was.
func (p *Pipeline) over(tp session.TP, t *takeover) {
	p.takeovers.mu.Lock()
	defer p.takeovers.mu.Unlock()
	if p.takeovers.parts[tp] == t {
		p.takeovers.forget(tp)
	}
}

// given forgets the takeovers of partitions that somebody else gets: what they were left with is in their last commit.
func (p *Pipeline) given(gone map[string][]int32) {
	p.takeovers.mu.Lock()
	defer p.takeovers.mu.Unlock()
	for topic, parts := range gone {
		for _, part := range parts {
			p.takeovers.forget(session.TP{Topic: topic, Part: part})
		}
	}
}

// forget is for who holds mu. A look that nobody needs any more ends.
func (l *takeovers) forget(tp session.TP) {
	t := l.parts[tp]
	if delete(l.parts, tp); t == nil {
		return
	}
	for _, other := range l.parts {
		if other == t {
			return
		}
	}
	t.stop()
}
