package metric

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// Config is the part of `aggregator` that decides what a bucket is (pipeline 14.1). Seconds and bytes; the zero value means the defaults.
type Config struct {
	Interval      int64 // 10
	MaxPast       int64 // 432000
	MaxFuture     int64 // 60
	MaxName       int   // 200 bytes
	MaxTagName    int   // 200 bytes
	MaxTagValue   int   // 200 characters
	MaxFlushBytes int   // 5,000,000
}

// Validate reports all faults.
func (c Config) Validate() error {
	if c.Interval < 0 || c.MaxPast < 0 || c.MaxFuture < 0 || c.MaxName < 0 || c.MaxTagName < 0 || c.MaxTagValue < 0 || c.MaxFlushBytes < 0 {
		return errors.New("aggregator: negative value")
	}
	return nil
}

// WithDefaults fills in what is zero.
func (c Config) WithDefaults() Config {
	if c.Interval == 0 {
		c.Interval = 10
	}
	if c.MaxPast == 0 {
		c.MaxPast = 432000
	}
	if c.MaxFuture == 0 {
		c.MaxFuture = 60
	}
	for _, n := range []*int{&c.MaxName, &c.MaxTagName, &c.MaxTagValue} {
		if *n == 0 {
			*n = 200
		}
	}
	if c.MaxFlushBytes == 0 {
		c.MaxFlushBytes = 5_000_000
	}
	return c
}

// Aggregator merges buckets of one project. It is not safe for concurrent use.
type Aggregator struct {
	cfg     Config
	now     int64 // Unix seconds
	buckets []Bucket
	index   map[string]int
	key     []byte
}

// NewAggregator returns an empty aggregator; now in Unix seconds decides which slots are too far away.
func NewAggregator(cfg Config, now int64) *Aggregator {
	return &Aggregator{cfg: cfg.WithDefaults(), now: now, index: map[string]int{}}
}

// Add merges a bucket, or drops it: a name that is too long, or a slot out of range (pipeline 14.2).
func (a *Aggregator) Add(b Bucket) {
	slot := floor(b.Timestamp, a.cfg.Interval)
	distance := slot - floor(a.now, a.cfg.Interval)
	if len(b.Name) > a.cfg.MaxName || distance < -ceil(a.cfg.MaxPast, a.cfg.Interval) || distance > ceil(a.cfg.MaxFuture, a.cfg.Interval) {
		return
	}
	b.Timestamp = slot * a.cfg.Interval
	b.Tags = a.tags(b.Tags)
	key := b.AppendKey(a.key[:0])
	a.key = key
	i, ok := a.index[string(key)]
	if !ok {
		b.Members = slices.Clone(b.Members)
		a.index[string(key)] = len(a.buckets)
		a.buckets = append(a.buckets, b)
		return
	}
	have := &a.buckets[i]
	have.Value += b.Value
	have.Members = append(have.Members, b.Members...)
	if b.ReceivedAt != 0 && (have.ReceivedAt == 0 || b.ReceivedAt < have.ReceivedAt) {
		have.ReceivedAt = b.ReceivedAt
	}
}

// Buckets returns the merged buckets in order of first appearance, members of sets in order and each once.
func (a *Aggregator) Buckets() []Bucket {
	for i := range a.buckets { // not with every member that comes: there may be many
		b := &a.buckets[i]
		b.Members = unique(b.Members)
	}
	return a.buckets
}

// tags returns the tags that may stay, sorted: none with a control character or too many bytes in its name, none with too long a
// value; DEL and the control characters behind it go from values, those below the blank stay (items 4.4).
func (a *Aggregator) tags(tags []Tag) []Tag {
	out := make([]Tag, 0, len(tags))
	for _, t := range tags {
		t.Value = strings.Map(func(r rune) rune {
			if r >= 0x7F && r < 0xA0 {
				return -1
			}
			return r
		}, t.Value)
		if len(t.Name) <= a.cfg.MaxTagName && !strings.ContainsFunc(t.Name, control) && utf8.RuneCountInString(t.Value) <= a.cfg.MaxTagValue {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(x, y Tag) int { return strings.Compare(x.Name, y.Name) })
	return out
}

func control(r rune) bool { return r < 0x20 || r >= 0x7F && r < 0xA0 }

// AppendKey appends the identity of a normalised bucket to dst. Every text stands behind its length: values may hold any byte.
func (b *Bucket) AppendKey(dst []byte) []byte {
	dst = binary.AppendVarint(dst, b.Timestamp)
	dst = appendText(dst, b.Name)
	for _, t := range b.Tags {
		dst = appendText(appendText(dst, t.Name), t.Value)
	}
	return dst
}

func appendText(k []byte, s string) []byte {
	return append(binary.AppendUvarint(k, uint64(len(s))), s...)
}

func unique(list []uint32) []uint32 {
	slices.Sort(list)
	return slices.Compact(list)
}

func floor(n, by int64) int64 {
	q := n / by
	if n%by < 0 {
		q--
	}
	return q
}

func ceil(n, by int64) int64 { return (n + by - 1) / by }
