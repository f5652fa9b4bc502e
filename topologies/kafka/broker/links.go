package broker

import (
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// key names a partition.
type key struct {
	topic string
	part  int32
}

// link is one record that names records of a Linked topic.
type link struct {
	from   key // where it is
	offset int64
	part   int32 // of Topic
	first  int64 // the lowest offset that it names
}

// links follows one Linked topic. As a hook of all clients of this broker it sees what is written to the topics By before the writer does, and
// so before whoever wrote it in place of another record commits that one: there is no time at which a named record looks free. What was there
// before the start is known by its ends only; nothing goes until that has been read, since what was written in its place is known by itself.
// The ends at the start are taken before there are clients: what they write is never among them.
type links struct {
	Linked
	every time.Duration // between two rounds

	mu    sync.Mutex
	named []link

	start  map[key]int64     // the ends of By; nil before the first round
	read   bool              // everything that was there at the start has been read
	recent []map[int32]int64 // the ends of Topic at the start and in the rounds since, oldest first
}

// begin is the first round of all links: how far everything is at the start.
func (b *Broker) begin() {
	for _, l := range b.linked {
		var parts []part
		for _, topic := range append([]string{l.Topic}, l.By...) {
			for _, info := range b.cluster.PartitionInfos(topic) {
				parts = append(parts, part{topic: topic, part: info.Partition, end: info.HighWatermark}) // what is read shows in the next round
			}
		}
		l.observe(parts)
	}
}

// OnProduceRecordUnbuffered implements kgo.HookProduceRecordUnbuffered.
func (l *links) OnProduceRecordUnbuffered(r *kgo.Record, err error) {
	if err != nil || !slices.Contains(l.By, r.Topic) {
		return
	}
	part, first, ok := l.Named(r)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.named = append(l.named, link{from: key{r.Topic, r.Partition}, offset: r.Offset, part: part, first: first})
}

// observe is told once a round how far everything is. parts must hold the topics By with the positions of their readers.
func (l *links) observe(parts []part) {
	ends, named, safe := map[int32]int64{}, map[key]int64{}, map[key]int64{}
	for _, p := range parts {
		if p.topic == l.Topic {
			ends[p.part] = p.end
		}
		if slices.Contains(l.By, p.topic) {
			at := key{p.topic, p.part}
			named[at], safe[at] = p.end, p.safe
		}
	}
	if l.start == nil {
		l.start = named
	}
	if !l.read {
		l.read = true
		for k, end := range l.start {
			l.read = l.read && safe[k] >= end
		}
	}
	// Age is counted in rounds: a machine that stood still has given nobody time to write.
	l.recent = append(l.recent, ends)
	if time.Duration(len(l.recent)-2)*l.every >= l.Age {
		l.recent = slices.Delete(l.recent, 0, 1)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.named = slices.DeleteFunc(l.named, func(n link) bool { return safe[n.from] > n.offset })
}

// settled is the offset of p below which nothing is needed any more.
func (l *links) settled(p part) int64 {
	if !l.read {
		return p.start
	}
	at := l.recent[0][p.part]
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.named {
		if n.part == p.part {
			at = min(at, n.first)
		}
	}
	return max(at, p.start)
}
