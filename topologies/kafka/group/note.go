package group

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"weir/topologies/kafka/session"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Taken is the position at which a partition was left by whoever had it before.
type Taken struct {
	session.TP
	Offset int64 // the first one that is not finished; -1: nothing has ever been committed
	// Since is a time before which nothing from Offset on was delivered, by the clock of the one who had the partition, to the
	// millisecond. Zero: not known.
	Since time.Time
	// Clean says that nothing from Offset on was begun, or that somebody has set the position by hand.
	Clean bool

	epoch int32
}

// The metadata of commits: what was finished up to the offset, and whether anything behind it may have been begun.
const (
	noteOpen  = "weir since %d" // milliseconds since 1970; 0: not known
	noteClean = "weir clean"
)

// notes keeps for the next commits since when what follows them may have been delivered.
type notes struct {
	mu    sync.Mutex
	marks map[session.TP][]session.Mark // ascending
}

// grain is how much too early, in milliseconds, the time of a commit may be, so that few of them are kept.
const grain = 50

func (n *notes) marked(tp session.TP, m session.Mark) {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := n.marks[tp]
	if k := len(list); k > 0 && (m.Offset <= list[k-1].Offset || m.Since < list[k-1].Since+grain) {
		return // the time of the one before is early enough
	}
	if n.marks == nil {
		n.marks = map[session.TP][]session.Mark{}
	}
	n.marks[tp] = append(list, m)
}

// since returns the time for a commit and forgets those of earlier ones.
func (n *notes) since(tp session.TP, offset int64) int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	list, i := n.marks[tp], 0
	for i < len(list) && list[i].Offset <= offset {
		i++
	}
	if i == 0 {
		return 0
	}
	n.marks[tp] = list[i-1:]
	return list[i-1].Since
}

// open writes into a commit that what follows may have been begun.
func (r *run) open(req *kmsg.OffsetCommitRequest) error {
	return note(req, r.opened)
}

func (r *run) opened(tp session.TP, offset int64) string {
	return fmt.Sprintf(noteOpen, r.earliest(tp, offset, r.notes.since(tp, offset)))
}

// earliest is since, or when whoever had the partition before may have begun what is at the offset; 0: not known.
func (r *run) earliest(tp session.TP, offset, since int64) int64 {
	if before, ok := r.doubt(tp, offset); ok {
		return min(since, before)
	}
	return since
}

// torn tells how a partition is left of which records failed or were given up: neither is what was left to this member finished.
func (r *run) torn(tp session.TP, c *session.Claim) (left Taken, yes bool) {
	from, yes := c.Torn()
	if !yes {
		return left, false
	}
	return Taken{TP: tp, Offset: from.Offset, Since: moment(r.earliest(tp, from.Offset, from.Since))}, true
}

// moment is the time of milliseconds since 1970, zero for 0.
func moment(ms int64) (at time.Time) {
	if ms > 0 {
		at = time.UnixMilli(ms)
	}
	return at
}

// doubt is Config.Doubt in milliseconds.
func (r *run) doubt(tp session.TP, offset int64) (since int64, ok bool) {
	if r.g.cfg.Doubt == nil {
		return 0, false
	}
	at, ok := r.g.cfg.Doubt(tp, offset)
	if at.IsZero() {
		return 0, ok
	}
	return at.UnixMilli(), ok
}

// leave writes into a commit of partitions that are given away that nothing that follows has been begun, but for those that are torn.
func (r *run) leave(torn map[session.TP]bool) func(*kmsg.OffsetCommitRequest) error {
	return func(req *kmsg.OffsetCommitRequest) error {
		return note(req, func(tp session.TP, offset int64) string {
			if torn[tp] {
				return r.opened(tp, offset)
			}
			if before, ok := r.doubt(tp, offset); ok {
				return fmt.Sprintf(noteOpen, before)
			}
			return noteClean
		})
	}
}

func note(req *kmsg.OffsetCommitRequest, text func(tp session.TP, offset int64) string) error {
	for i := range req.Topics {
		t := &req.Topics[i]
		for j := range t.Partitions {
			p := &t.Partitions[j]
			p.Metadata = kmsg.StringPtr(text(session.TP{Topic: t.Topic, Part: p.Partition}, p.Offset))
		}
	}
	return nil
}

// taken asks for the positions of partitions that have been assigned; they are not known (no Since, not Clean) when nobody answers.
func (g *group) taken(ctx context.Context, cl *kgo.Client, added map[string][]int32) (list []Taken) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	got, err := kadm.NewClient(cl).FetchOffsetsForTopics(ctx, g.name, slices.Collect(maps.Keys(added))...)
	if err != nil {
		g.report(fmt.Errorf("how partitions were left: %w", err))
	}
	for topic, parts := range added {
		for _, part := range parts {
			k := Taken{TP: session.TP{Topic: topic, Part: part}, Offset: -1}
			if o, ok := got.Lookup(topic, part); ok && o.Err == nil && o.At >= 0 {
				k.Offset, k.epoch = o.At, o.LeaderEpoch
				var since int64
				_, err := fmt.Sscanf(o.Metadata, noteOpen, &since)
				k.Clean, k.Since = err != nil, moment(since)
			}
			list = append(list, k)
		}
	}
	return list
}

// positions are the next offsets to commit, in the form that the client takes.
type positions map[string]map[int32]kgo.EpochOffset

func (p positions) set(tp session.TP, at kgo.EpochOffset) {
	if p[tp.Topic] == nil {
		p[tp.Topic] = map[int32]kgo.EpochOffset{}
	}
	p[tp.Topic][tp.Part] = at
}

// commitLeft commits the positions of partitions that are given away. Of those that are torn something is begun and not finished.
func (r *run) commitLeft(ctx context.Context, cl *kgo.Client, gone map[string][]int32, torn map[session.TP]bool) error {
	offsets := positions{}
	for _, known := range []positions{r.began, cl.CommittedOffsets(), cl.MarkedOffsets()} { // each is later than the one before
		for topic, parts := range gone {
			for _, part := range parts {
				if at, ok := known[topic][part]; ok && at.Offset >= 0 {
					offsets.set(session.TP{Topic: topic, Part: part}, at)
				}
			}
		}
	}
	if len(offsets) == 0 {
		return nil
	}
	return commit(kgo.PreCommitFnContext(ctx, r.leave(torn)), cl, offsets)
}

// begin replaces the notes of partitions that were left clean: from now on their records are begun, and whoever is killed before its first commit
// leaves nothing else.
func (r *run) begin(cl *kgo.Client, taken []Taken) error {
	offsets := positions{}
	for _, k := range taken {
		if k.Clean {
			at := kgo.EpochOffset{Epoch: k.epoch, Offset: k.Offset}
			offsets.set(k.TP, at)
			r.began.set(k.TP, at)
		}
	}
	if len(offsets) == 0 {
		return nil
	}
	now := r.g.cfg.Clock().UnixMilli()
	ctx, cancel := context.WithTimeout(r.ctx, 5*time.Second)
	defer cancel()
	ctx = kgo.PreCommitFnContext(ctx, func(req *kmsg.OffsetCommitRequest) error {
		return note(req, func(session.TP, int64) string { return fmt.Sprintf(noteOpen, now) })
	})
	return commit(ctx, cl, offsets)
}

// commit waits until offsets are committed.
func commit(ctx context.Context, cl *kgo.Client, offsets positions) error {
	var failed error
	cl.CommitOffsetsSync(ctx, offsets, func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, err error) {
		if failed = err; err != nil {
			return
		}
		for _, t := range resp.Topics {
			for _, p := range t.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil && failed == nil {
					failed = fmt.Errorf("commit %s/%d: %w", t.Topic, p.Partition, err)
				}
			}
		}
	})
	return failed
}
