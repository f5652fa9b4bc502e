package forward

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/codecs/delivery"
	"weir/codecs/dsn"
	"weir/codecs/raw"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kgo"
)

// An envelope that fails while others pass makes room: all the others arrive and are committed, also those of its own project. It is tried again
// until it passes.
func TestOneFails(t *testing.T) {
	c, f := cluster(t), newFar()
	var open atomic.Bool
	f.answer = func(e delivery.Envelope, _ int) (delivery.Answer, error) {
		if strings.Contains(string(e.Body), "poison") && !open.Load() {
			return delivery.Answer{}, errors.New("status 502")
		}
		return delivery.Answer{Status: 200}, nil
	}
	cl := kafkatest.Client(t, c)
	kafkatest.Produce(t, cl, record(key(1), "poison", nil))
	for i := range 20 {
		kafkatest.Produce(t, cl, record(key(1), fmt.Sprint(i), nil), record(key(2), fmt.Sprint(i), nil))
	}
	start(t, c, f, nil)
	kafkatest.Eventually(t, "all others are committed and it is tried again", func() bool {
		f.mu.Lock()
		tries := f.tries["poison"]
		f.mu.Unlock()
		return f.count() == 40 && tries > MinAttempts+2 && kafkatest.Committed(t, c, group, names.Forward) == 41
	})
	open.Store(true)
	if s := settled(t, c, 41); s.Envelopes-s.Parked != 41 || s.Items.Accepted != 41 || s.Items.Received != 41 || s.Dead != 0 || f.count() != 41 {
		t.Errorf("%+v, %d arrived", s, f.count())
	}
}

// The upstream of one project is gone: its envelopes are set aside without asking for each, over a restart too; when it is back all arrive.
func TestDeadProject(t *testing.T) {
	c, f := cluster(t), newFar()
	const n = 300
	var open atomic.Bool
	var attempts atomic.Int64
	f.answer = func(e delivery.Envelope, _ int) (delivery.Answer, error) {
		if e.Key != key(1) {
			return delivery.Answer{Status: 200}, nil
		}
		if attempts.Add(1); open.Load() {
			return delivery.Answer{Status: 200}, nil
		}
		return delivery.Answer{}, errors.New("connection refused")
	}
	cl := kafkatest.Client(t, c)
	for i := range n {
		kafkatest.Produce(t, cl, record(key(1), fmt.Sprint(i), nil), record(key(2), fmt.Sprint(i), nil))
	}
	slow := func(cfg *Config) { // no pause ends in this test
		cfg.Times = Times{First: time.Hour, Longest: time.Hour, Hold: time.Hour}
	}
	stop := start(t, c, f, slow)
	kafkatest.Eventually(t, "the others have passed, and all is committed", func() bool {
		return f.count() == n && kafkatest.Committed(t, c, group, names.Forward) == 2*n
	})
	if got := attempts.Load(); got > 40*MinAttempts { // the window, and what was on its way when the key was closed
		t.Errorf("%d attempts", got)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	open.Store(true)
	start(t, c, f, nil)
	if s := settled(t, c, 2*n); s.Envelopes-s.Parked != 2*n || s.Items.Accepted != 2*n || s.Dead != 0 || f.count() != 2*n {
		t.Errorf("%+v, %d arrived", s, f.count())
	}
}

// What is too old for a project whose upstream stays away ends, without as many attempts for each.
func TestDeadProjectEnds(t *testing.T) {
	c, f := cluster(t), newFar()
	const n = 300
	var attempts atomic.Int64
	f.answer = func(delivery.Envelope, int) (delivery.Answer, error) {
		attempts.Add(1)
		return delivery.Answer{}, errors.New("connection refused")
	}
	cl := kafkatest.Client(t, c)
	for i := range n {
		kafkatest.Produce(t, cl, record(key(1), fmt.Sprint(i), func(r *raw.Record) { r.ReceivedAt = time.Now().Add(-time.Hour) }))
	}
	start(t, c, f, func(cfg *Config) { cfg.MaxAge = time.Minute })
	if s := settled(t, c, n); s.Envelopes-s.Parked != n || s.Items.Dead != n || s.Dead != n {
		t.Errorf("%+v", s)
	}
	if got := attempts.Load(); got > n*MaxAttempts/4 {
		t.Errorf("%d attempts for %d envelopes", got, n)
	}
}

// Keys that clients make up do not use up the memory, however many fail at once; when they are over there is room again.
func TestTroublesAreBounded(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	times := Times{}.defaults()
	k := newTroubles(times, func() time.Time { return now })
	for i := range maxTroubles + 10 {
		for range streakToClose {
			k.failed(dsn.PublicKey(fmt.Sprint(i)), false)
		}
	}
	late := dsn.PublicKey(fmt.Sprint(maxTroubles))
	if len(k.keys) != maxTroubles || k.troubled(late) {
		t.Errorf("%d keys", len(k.keys))
	}
	now = now.Add(times.pause(streakToClose) + sweepEvery)
	if k.failed(late, false); len(k.keys) != 1 || !k.troubled(late) {
		t.Errorf("%d keys after the pause", len(k.keys))
	}
}

// Those that wait for their key go in their order when it is fine again.
func TestHurryKeepsOrder(t *testing.T) {
	l := newLanes(Config{Backlog: 1, Window: 1}, nil, newTroubles(Times{}.defaults(), time.Now), true)
	defer l.leave()
	l.byKey[key(1)] = &lane{workers: 1}
	l.waiting[key(1)] = map[*item]func(){}
	for i := range 100 {
		l.waiting[key(1)][&item{src: &kgo.Record{Offset: int64(i)}, rec: &raw.Record{Key: key(1)}}] = func() {}
	}
	l.hurry(key(1))
	for i, it := range l.byKey[key(1)].queue {
		if it.src.Offset != int64(i) {
			t.Fatalf("%d comes as number %d", it.src.Offset, i)
		}
	}
}

// When an envelope of a key passes, those go that were set aside because of others of the key, without waiting for their time.
func TestKeyIsFineAgain(t *testing.T) {
	c, f := cluster(t), newFar()
	var open atomic.Bool
	f.answer = func(delivery.Envelope, int) (delivery.Answer, error) {
		if open.Load() {
			return delivery.Answer{Status: 200}, nil
		}
		return delivery.Answer{}, errors.New("status 503")
	}
	cl := kafkatest.Client(t, c)
	var now atomic.Int64
	start(t, c, f, func(cfg *Config) {
		cfg.Window = 1
		cfg.Times = Times{First: time.Hour, Longest: 4 * time.Hour, Hold: time.Hour}
		cfg.Clock = func() time.Time { return time.Unix(1_800_000_000+now.Load(), 0) }
	})
	for i := range 50 {
		kafkatest.Produce(t, cl, record(key(1), fmt.Sprint(i), nil))
	}
	kafkatest.Eventually(t, "all are aside", func() bool {
		return kafkatest.End(t, c, names.ForwardAside) == 50 && kafkatest.Committed(t, c, group, names.Forward) == 50
	})
	open.Store(true)
	now.Store(5 * 3600) // the key may be tried again, by the next one that comes
	kafkatest.Produce(t, cl, record(key(1), "next", nil))
	kafkatest.Eventually(t, "all but the three that failed themselves have arrived", func() bool { return f.count() == 51-streakToClose })
}

// What an upstream lets wait that lives but takes nothing is set aside after a while, so that what is behind it gets its turn.
func TestPatience(t *testing.T) {
	c, f := cluster(t), newFar()
	f.answer = func(e delivery.Envelope, _ int) (delivery.Answer, error) {
		if strings.Contains(string(e.Body), "poison") {
			return delivery.Answer{}, errors.New("status 503")
		}
		return delivery.Answer{Status: 200}, nil
	}
	kafkatest.Produce(t, kafkatest.Client(t, c), record(key(1), "poison", nil), record(key(1), "behind", nil))
	start(t, c, f, func(cfg *Config) { cfg.Sender, cfg.Times.Patience = quiet{f}, time.Millisecond })
	kafkatest.Eventually(t, "both are committed", func() bool { return f.count() == 1 && kafkatest.Committed(t, c, group, names.Forward) == 2 })
}

// quiet is a far to which nobody else sends.
type quiet struct{ *far }

func (quiet) Signs() delivery.Signs { return delivery.Signs{Answers: true} }

// An outage of all sets nothing aside.
func TestOutageSetsNothingAside(t *testing.T) {
	c, f := cluster(t), newFar()
	f.away = true
	f.answer = func(_ delivery.Envelope, attempt int) (delivery.Answer, error) {
		if attempt < 50 {
			return delivery.Answer{}, errors.New("away")
		}
		return delivery.Answer{Status: 200}, nil
	}
	kafkatest.Produce(t, kafkatest.Client(t, c), record(key(1), "x", nil))
	start(t, c, f, func(cfg *Config) { cfg.Times.Patience = time.Nanosecond })
	if s := settled(t, c, 1); s.Items.Accepted != 1 || kafkatest.End(t, c, names.ForwardAside) != 0 {
		t.Errorf("%+v", s)
	}
}

// What waits aside ends with its session and is there for the next one.
func TestStopWhileAside(t *testing.T) {
	c, f := cluster(t), newFar()
	rec := record(key(1), "x", func(r *raw.Record) { r.Aside = &raw.Aside{Failed: MinAttempts, Due: time.Now().Add(time.Hour)} })
	rec.Topic = names.ForwardAside
	kafkatest.Produce(t, kafkatest.Client(t, c), rec)
	var hour atomic.Int64
	change := func(cfg *Config) {
		cfg.Times = Times{Longest: time.Hour}
		cfg.Clock = func() time.Time { return time.Now().Add(time.Duration(hour.Load()) * time.Hour) }
	}
	stop := start(t, c, f, change)
	kafkatest.Always(t, "it waits", 50*time.Millisecond, func() bool { return f.count() == 0 })
	if err := stop(); err != nil {
		t.Error(err)
	}
	hour.Store(2)
	start(t, c, f, change)
	if s := settled(t, c, 0); s.Items.Accepted != 1 {
		t.Errorf("%+v", s)
	}
}
