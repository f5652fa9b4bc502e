package pipeline

import (
	"bytes"
	"log/slog"
	"net"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/ingest"
	"weir/codecs/outcome"
	"weir/codecs/topic"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/group"
	"weir/topologies/kafka/session"

	"github.com/twmb/franz-go/pkg/kgo"
)

func TestCover(t *testing.T) {
	p := &Pipeline{cfg: Config{Names: topic.NamesIn("t-")}}
	for _, c := range []Cover{
		{"", p.tallySource("t-raw", 0), 0, 0, 0},
		{"", p.tallySource("t-raw", 7), 1, 1, 0xabcdef},
		{"", p.tallySource("t-released", 1<<24-1), 1<<48 - 1, 1<<48 - 1, 1<<24 - 1},
		{"", p.tallySource("t-raw", 3), 123456789012, 123456789012 + 1<<24 - 1, 1},
	} {
		key, ok := c.bytes()
		if got, read := readCover(key[:]); !ok || !read || got != c {
			t.Errorf("%+v becomes %+v (%v, %v)", c, got, ok, read)
		}
	}
	for _, c := range []Cover{{}, {"", p.tallySource("t-parked", 0), 0, 0, 0}, {"", p.tallySource("t-raw", 1<<24), 0, 0, 0}, {"", 1 << 24, 1 << 48, 1 << 48, 0}, {"", 1 << 24, 0, 1 << 24, 0}, {"", 1 << 24, 2, 1, 0}} {
		if key, ok := c.bytes(); ok {
			t.Errorf("%+v has a key: %x", c, key)
		}
	}
	counter := ingest.KeyFromCounter(1 << 31)
	for _, key := range [][]byte{nil, counter[:], make([]byte, 15), append([]byte{1}, make([]byte, 16)...)} {
		if c, ok := readCover(key); ok {
			t.Errorf("%x is %+v", key, c)
		}
	}
}

// A message with outcomes speaks for its offsets, and for its own sums alone.
func TestToldOutcomes(t *testing.T) {
	names, topics := topic.NamesIn("t-"), NewTopics(nil, Config{}.Producer)
	p := &Pipeline{cfg: Config{Names: names}}
	at := time.Unix(1_790_000_000, 0)
	tally := outcome.Tally{Scope: dsn.Scoping{Org: 1, Project: 42, Key: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, Timestamp: at, ID: outcome.Filtered, Reason: "x", Category: outcome.Error, Quantity: 3}
	a := NewAggregate(Outcomes{Source: "s"})
	a.Add(&tally, at)
	s := newSeen(&names, topics)
	for _, r := range a.Records(nil, topics, Cover{input: "t-raw", source: p.tallySource("t-raw", 2), first: 10, last: 19}) {
		s.add(&r)
	}
	s.add(&kgo.Record{Topic: "outcomes", Key: append([]byte{1}, make([]byte, 15)...), Value: []byte("?")})
	counted := func(topic string, partition int32, offset int64, change func(*outcome.Tally)) bool {
		one := tally
		one.Quantity = 1
		if change != nil {
			change(&one)
		}
		return s.counted(topic, p.tallySource(topic, partition), offset, &one, "s")
	}
	if !counted("t-raw", 2, 10, nil) || !counted("t-raw", 2, 19, nil) {
		t.Error("offsets are not covered")
	}
	for name, other := range map[string]bool{
		"before": counted("t-raw", 2, 9, nil), "behind": counted("t-raw", 2, 20, nil), "partition": counted("t-raw", 1, 15, nil), "topic": counted("t-released", 2, 15, nil),
		"input":    counted("u-raw", 2, 15, nil) || s.counted("u-raw", p.tallySource("t-raw", 2), 15, &tally, "s"),
		"reason":   counted("t-raw", 2, 15, func(t *outcome.Tally) { t.Reason = "y" }),
		"time":     counted("t-raw", 2, 15, func(t *outcome.Tally) { t.Timestamp = at.Add(10 * time.Second) }),
		"key":      counted("t-raw", 2, 15, func(t *outcome.Tally) { t.Scope.Key = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" }),
		"category": counted("t-raw", 2, 15, func(t *outcome.Tally) { t.Category = outcome.Span }),
	} {
		if other {
			t.Errorf("another %s is covered", name)
		}
	}
}

// A takeover is not over before everything in it is committed: who comes next looks back as far. A partition with nothing left keeps nothing.
func TestTakeoverLastsUntilItIsCommitted(t *testing.T) {
	busy, idle := session.TP{Topic: "t-raw", Part: 1}, session.TP{Topic: "t-raw", Part: 2}
	take := &takeover{stop: func() {}, ready: make(chan struct{}), until: map[session.TP]int64{busy: 10}, since: time.Unix(1_790_000_000, 0), seen: &seen{}}
	p := &Pipeline{takeovers: takeovers{parts: map[session.TP]*takeover{busy: take, idle: take}}}
	if _, yes := p.doubt(busy, 20); !yes {
		t.Error("what is not known yet is not doubted")
	}
	p.looked(take, []group.Taken{{TP: busy}, {TP: idle}})
	if p.takeovers.parts[idle] != nil {
		t.Error("an idle partition keeps what was seen")
	}
	if p.before(t.Context(), busy, 9) != take.seen || p.before(t.Context(), busy, 10) != nil {
		t.Error("not what may have been processed before is looked for")
	}
	if since, yes := p.doubt(busy, 5); !yes || !since.Equal(take.since) {
		t.Error("forgotten before it was committed")
	}
	if _, yes := p.doubt(busy, 10); yes || p.takeovers.parts[busy] != nil {
		t.Error("not over when it is committed")
	}
}

// A partition that is given away keeps nothing, and a look that is under way ends when the last one is.
func TestGivenAway(t *testing.T) {
	stopped := 0
	one, two := session.TP{Topic: "t-raw", Part: 1}, session.TP{Topic: "t-released", Part: 1}
	take := &takeover{stop: func() { stopped++ }, ready: make(chan struct{})}
	p := &Pipeline{takeovers: takeovers{parts: map[session.TP]*takeover{one: take, two: take}}}
	for i, topic := range []string{"t-raw", "t-released", "t-raw"} {
		p.given(map[string][]int32{topic: {0, 1}})
		if left := max(1-i, 0); len(p.takeovers.parts) != left || stopped != 1-left {
			t.Errorf("%s given away: %d are kept, stopped %d times", topic, len(p.takeovers.parts), stopped)
		}
	}
}

// A look that nobody needs any more ends, at a broker that does not answer too, and does not complain.
func TestLookGivenUp(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	var log bytes.Buffer
	p := &Pipeline{cfg: Config{Cluster: client.Config{Brokers: []string{silent.Addr().String()}}, Names: topic.NamesIn("t-"), Clock: time.Now,
		Log: slog.New(slog.NewTextHandler(&log, nil))}, takeovers: takeovers{parts: map[session.TP]*takeover{}}}
	p.taken(t.Context(), []group.Taken{{TP: session.TP{Topic: "t-raw"}}})
	p.given(map[string][]int32{"t-raw": {0}})
	p.takeovers.wg.Wait()
	if log.Len() > 0 || len(p.takeovers.parts) > 0 {
		t.Errorf("%s, %d are kept", &log, len(p.takeovers.parts))
	}
}

// Of what an envelope holds twice, the second one is there when there are two.
func TestTwins(t *testing.T) {
	names := topic.NamesIn("t-")
	twin := kgo.Record{Topic: "ingest-spans", Key: []byte("trace"), Value: []byte("span")}
	s := newSeen(&names, NewTopics(nil, Config{}.Producer))
	for n := range 3 {
		left, again := s.rest(names.Raw, []kgo.Record{twin, twin})
		if len(left) != 2-n || again || s.has([]kgo.Record{twin, twin}) != (n == 2) {
			t.Errorf("with %d there, %d are written, again: %v", n, len(left), again)
		}
		s.add(&twin)
	}
}
