package session

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Claim holds every record of one partition from its arrival until the contiguous watermark has
// passed it: delivery queue, commit watermark and memory bound in one. It implements
// sarama.ConsumerGroupClaim. All methods are safe for concurrent use.
type Claim struct {
	topic string
	part  int32
	hwm   atomic.Int64
	out   chan *sarama.ConsumerMessage
	wake  chan struct{}
	room  chan<- struct{}
	clock func() time.Time // nil: begins are not noted

	mu         sync.Mutex
	slots      []slot
	head, next int // first slot not finished (the watermark); first slot not delivered
	bytes      int // sizes of the unfinished records
	paused     bool
}

type slot struct {
	off   int64
	epoch int32
	size  int32
	rec   *kgo.Record // nil once finished
	begun int64       // when it was delivered, milliseconds since 1970
	taken bool        // whoever handles records has taken it
	// marker is the end of a transaction: nobody is given it, but the watermark must pass it. rec is nil then.
	marker *kgo.Record
}

// Mark is a position up to which everything is finished.
type Mark struct {
	kgo.EpochOffset // the next offset to commit
	// Since is a time, in milliseconds since 1970, before which nothing from Offset on has been delivered; 0: not known.
	Since int64
}

func newClaim(topic string, part int32, room chan<- struct{}, clock func() time.Time) *Claim {
	return &Claim{topic: topic, part: part, room: room, clock: clock,
		out: make(chan *sarama.ConsumerMessage, 64), wake: make(chan struct{}, 1)}
}

// Topic and the next four methods are sarama.ConsumerGroupClaim.
func (c *Claim) Topic() string                            { return c.topic }
func (c *Claim) Partition() int32                         { return c.part }
func (c *Claim) InitialOffset() int64                     { return sarama.OffsetOldest }
func (c *Claim) HighWaterMarkOffset() int64               { return c.hwm.Load() }
func (c *Claim) Messages() <-chan *sarama.ConsumerMessage { return c.out }

// Push appends fetched records. It returns the position to commit and true when the watermark moved: over control records, which are
// not delivered, with nothing unfinished before them.
func (c *Claim) Push(recs []*kgo.Record, hwm int64) (m Mark, moved bool) {
	c.hwm.Store(max(hwm, c.hwm.Load()))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.head > 1024 && c.head*2 > len(c.slots) { // give the finished part back
		n := copy(c.slots, c.slots[c.head:])
		clear(c.slots[n:])
		c.slots, c.next, c.head = c.slots[:n], c.next-c.head, 0
	}
	for _, r := range recs {
		if r.Attrs.IsControl() {
			c.slots = append(c.slots, slot{off: r.Offset, epoch: r.LeaderEpoch, marker: r})
			continue
		}
		size := len(r.Key) + len(r.Value) + 128
		for _, h := range r.Headers {
			size += len(h.Key) + len(h.Value)
		}
		c.slots = append(c.slots, slot{off: r.Offset, epoch: r.LeaderEpoch, size: int32(size), rec: r})
		c.bytes += size
	}
	kick(c.wake)
	return c.advance()
}

// pump delivers records to Messages until ctx ends.
func (c *Claim) pump(ctx context.Context) {
	defer close(c.out)
	for {
		r := c.pop()
		if r == nil {
			kick(c.room)
			select {
			case <-c.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		select {
		case c.out <- message(r):
		case <-ctx.Done():
			return
		}
	}
}

func (c *Claim) pop() *kgo.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.next < len(c.slots) && c.slots[c.next].marker != nil {
		c.next++
	}
	if c.next == len(c.slots) {
		return nil
	}
	c.slots[c.next].begun = c.now()
	c.next++
	return c.slots[c.next-1].rec
}

func (c *Claim) now() int64 {
	if c.clock == nil {
		return 0
	}
	return c.clock().UnixMilli()
}

// finish marks one delivered offset as done. It returns the position to commit and true when the
// watermark moved; an offset that finishes out of order only leaves a hole to be filled.
func (c *Claim) finish(off int64) (m Mark, moved bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.find(off)
	if i < 0 || c.slots[i].rec == nil {
		return m, false // not ours, or finished twice
	}
	c.slots[i].rec = nil
	c.bytes -= int(c.slots[i].size)
	kick(c.room)
	return c.advance()
}

// advance moves the watermark over all that is finished; mu is held.
func (c *Claim) advance() (m Mark, moved bool) {
	for c.head < len(c.slots) && c.slots[c.head].rec == nil {
		// Not epoch -1: franz-go ignores marks whose epoch is below that of the committed offset.
		m.EpochOffset, moved = kgo.EpochOffset{Epoch: c.slots[c.head].epoch, Offset: c.slots[c.head].off + 1}, true
		c.head++
	}
	if c.next = max(c.next, c.head); moved && c.head < c.next {
		m.Since = c.slots[c.head].begun
	} else if moved {
		m.Since = c.now()
	}
	return m, moved
}

// Record returns a delivered record that is not finished yet, nil for any other offset. From now on it may have effects.
func (c *Claim) Record(off int64) *kgo.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := c.find(off); i >= 0 {
		c.slots[i].taken = true
		return c.slots[i].rec
	}
	return nil
}

// Torn returns the first position that is not finished, and whether records from there on were taken: they failed, or were given up.
func (c *Claim) Torn() (m Mark, torn bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.ContainsFunc(c.slots[c.head:c.next], func(s slot) bool { return s.taken && s.rec != nil }) {
		return m, false
	}
	s := &c.slots[c.head]
	return Mark{kgo.EpochOffset{Epoch: s.epoch, Offset: s.off}, s.begun}, true
}

// find returns the slot of a delivered offset, -1 when there is none. Offsets increase but are not dense
// (compaction, transaction markers).
func (c *Claim) find(off int64) int {
	lo, hi := c.head, c.next
	for lo < hi {
		if m := (lo + hi) / 2; c.slots[m].off < off {
			lo = m + 1
		} else {
			hi = m
		}
	}
	if lo == c.next || c.slots[lo].off != off {
		return -1
	}
	return lo
}

// Unfinished returns the records that a following session still has to deliver, and the markers among them.
func (c *Claim) Unfinished() (recs []*kgo.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.slots[c.head:] {
		if r := cmp.Or(s.rec, s.marker); r != nil {
			recs = append(recs, r)
		}
	}
	return recs
}

// Load returns the unfinished bytes, whether nothing is left to deliver, and the pause state.
func (c *Claim) Load() (bytes int, idle, paused bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes + 32*(len(c.slots)-c.head), c.next == len(c.slots), c.paused
}

// SetPaused records the pause state and returns true when it changed.
func (c *Claim) SetPaused(p bool) (changed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed, c.paused = c.paused != p, p
	return changed
}

func kick(ch chan<- struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// message is what goka gets of a record. Its headers stay with the record: a copy of them would cost ten allocations, and callbacks that want
// them ask for the Record.
func message(r *kgo.Record) *sarama.ConsumerMessage {
	return &sarama.ConsumerMessage{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Key: r.Key, Value: r.Value, Timestamp: r.Timestamp}
}
