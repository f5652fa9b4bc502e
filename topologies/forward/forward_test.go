package forward

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/codecs/deadletter"
	"weir/codecs/delivery"
	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/ledger"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
	"weir/codecs/topic"
	"weir/topologies/kafka/client"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kgo"
)

var names = topic.NamesIn("t-")

const group, asideGroup = "t-forward", "t-forward-aside"

func key(i int) dsn.PublicKey { return dsn.PublicKey(fmt.Sprintf("%032d", i)) }

// far is an upstream: it notes what arrives and answers what the test says.
type far struct {
	mu       sync.Mutex
	got      map[dsn.PublicKey][]string // messages by key, in order of arrival
	answer   func(e delivery.Envelope, attempt int) (delivery.Answer, error)
	tries    map[string]int
	pause    chan struct{}        // nil: Pause returns at once
	away     bool                 // nobody gets an answer
	others   uint64               // envelopes of others that passed
	sessions chan context.Context // nil: nobody wants to know
	on       map[dsn.PublicKey]int
	most     int // on the way at once, of one key
}

func newFar() *far {
	return &far{got: map[dsn.PublicKey][]string{}, tries: map[string]int{}, on: map[dsn.PublicKey]int{}}
}

func (f *far) Send(ctx context.Context, e delivery.Envelope) (delivery.Answer, error) {
	_, text, _ := strings.Cut(string(e.Body), "}\n{")
	text, _, _ = strings.Cut(text[strings.IndexByte(text, '\n')+1:], "\n")
	f.mu.Lock()
	f.on[e.Key]++
	f.most = max(f.most, f.on[e.Key])
	f.tries[text]++
	answer, attempt := f.answer, f.tries[text]
	f.mu.Unlock()
	if f.sessions != nil {
		f.sessions <- ctx
	}
	a, err := delivery.Answer{Status: 200}, error(nil)
	if answer != nil {
		a, err = answer(e, attempt)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.on[e.Key]--
	if err == nil {
		f.got[e.Key] = append(f.got[e.Key], text)
	}
	return a, err
}

func (f *far) Pause(ctx context.Context) error {
	if f.pause == nil {
		return ctx.Err()
	}
	select {
	case <-f.pause:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Signs: others pass all the time, unless nobody gets an answer.
func (f *far) Signs() delivery.Signs {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.away {
		return delivery.Signs{}
	}
	f.others++
	return delivery.Signs{Answers: true, Passed: f.others}
}

func (f *far) count() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, list := range f.got {
		n += len(list)
	}
	return n
}

type learned struct {
	mu   sync.Mutex
	list []ratelimit.Limit
}

func (l *learned) Learn(_ context.Context, limits []ratelimit.Limit) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, limits...)
	return nil
}

type noProjects struct{}

func (noProjects) Lookup(dsn.PublicKey) (*project.State, project.Status) { return nil, project.Dummy }

type noBlobs struct{}

func (noBlobs) Fetch(context.Context, *raw.Manifest) ([]byte, func(), error) {
	return nil, nil, errors.New("none")
}

func cluster(t *testing.T) client.Config {
	return kafkatest.Cluster(t, 4, names.Forward, names.ForwardAside, names.Ledger, names.DeadLetters)
}

func start(t *testing.T, c client.Config, f *far, change func(*Config)) (stop func() error) {
	t.Helper()
	cfg := Config{Cluster: c, Names: names, Group: group, Aside: asideGroup, Times: Times{First: time.Millisecond, Longest: 20 * time.Millisecond, Hold: 20 * time.Millisecond}, Sender: f, Limits: &learned{}, Projects: noProjects{}, Blobs: noBlobs{}, Clock: time.Now, Log: kafkatest.Log(t)}
	if change != nil {
		change(&cfg)
	}
	g, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return kafkatest.Start(t, g.Run)
}

// record is an envelope with one event whose payload is text.
func record(k dsn.PublicKey, text string, change func(*raw.Record)) *kgo.Record {
	r := &raw.Record{Receipt: raw.NewReceipt(time.Now(), [10]byte{1}), ReceivedAt: time.Now(), Key: k, Project: 42, ByKey: true, Items: 1,
		Body: fmt.Appendf(nil, "{}\n{\"type\":\"event\",\"length\":%d}\n%s\n", len(text), text)}
	if change != nil {
		change(r)
	}
	key, value, headers := raw.Encode(r)
	out := &kgo.Record{Topic: names.Forward, Key: key, Value: value}
	for _, h := range headers {
		out.Headers = append(out.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
	}
	return out
}

// settled waits until n records are committed and returns what the ledger says about all of them.
func settled(t *testing.T, c client.Config, n int64) (sum ledger.Sum) {
	t.Helper()
	kafkatest.Eventually(t, "all is committed", func() bool {
		return kafkatest.Committed(t, c, group, names.Forward) == n && kafkatest.Committed(t, c, asideGroup, names.ForwardAside) == kafkatest.End(t, c, names.ForwardAside)
	})
	last := map[ledger.Source]int64{}
	left := kafkatest.End(t, c, names.Ledger)
	if left == 0 {
		return sum
	}
	kafkatest.Consume(t, c, names.Ledger, func(r *kgo.Record) bool {
		rec, err := ledger.Decode(r.Value)
		if err != nil {
			t.Fatal(err)
		}
		if rec.Project == ledger.TotalsKey {
			from, ok := last[rec.Source]
			if !ok {
				from = -1
			}
			s := ledger.Apply(rec, from)
			last[rec.Source] = s.Last
			sum.Envelopes += s.Envelopes
			sum.Parked += s.Parked
			sum.Repeated += s.Repeated
			sum.Dead += s.Dead
			sum.Items.Accepted += s.Items.Accepted
			sum.Items.Discarded += s.Items.Discarded
			sum.Items.Dead += s.Items.Dead
			sum.Items.Received += s.Items.Received
		}
		left--
		return left == 0
	})
	return sum
}

// The envelopes of a project arrive in their order, whatever fails on the way; no project waits for another one.
func TestOrder(t *testing.T) {
	c, f := cluster(t), newFar()
	f.answer = func(e delivery.Envelope, attempt int) (delivery.Answer, error) {
		if e.Key == key(1) && attempt < 3 {
			return delivery.Answer{}, errors.New("away")
		}
		return delivery.Answer{Status: 200}, nil
	}
	cl := kafkatest.Client(t, c, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
	var want []string
	for i := range 50 {
		want = append(want, fmt.Sprint(i))
		for k := range 5 {
			kafkatest.Produce(t, cl, record(key(k), fmt.Sprint(i), nil))
		}
	}
	kafkatest.Produce(t, cl, record(key(0), "report", func(r *raw.Record) { r.Items = 0 })) // of our own: not in the ledger
	start(t, c, f, func(cfg *Config) { cfg.Backlog = 64 })
	s := settled(t, c, 251)
	if s.Envelopes != 250 || s.Items.Accepted != 250 || s.Items.Received != 250 || s.Repeated != 0 {
		t.Errorf("%+v", s)
	}
	for k := range 5 {
		got := f.got[key(k)]
		if k == 0 {
			got = got[:50]
		}
		if !slices.Equal(got, want) {
			t.Errorf("key %d: %v", k, got)
		}
	}
	if f.most != 1 {
		t.Errorf("%d envelopes of a key on the way at once", f.most)
	}
}

// A long queue lets more of them be on the way, up to the window.
func TestWindow(t *testing.T) {
	c, f := cluster(t), newFar()
	hold, once := make(chan struct{}), sync.Once{}
	f.answer = func(delivery.Envelope, int) (delivery.Answer, error) {
		f.mu.Lock()
		all := f.on[key(1)] == 4
		f.mu.Unlock()
		if all {
			once.Do(func() { close(hold) })
		}
		<-hold
		return delivery.Answer{Status: 200}, nil
	}
	cl := kafkatest.Client(t, c)
	for i := range 20 {
		kafkatest.Produce(t, cl, record(key(1), fmt.Sprint(i), nil))
	}
	start(t, c, f, func(cfg *Config) { cfg.Window, cfg.Backlog = 4, 1 })
	if s := settled(t, c, 20); s.Items.Accepted != 20 || f.most != 4 {
		t.Errorf("%+v, %d at once", s, f.most)
	}
}

// What each answer means: limits are learnt, refusals are counted, what cannot be read or sent is a dead letter.
func TestEnds(t *testing.T) {
	c, f, limits := cluster(t), newFar(), &learned{}
	f.answer = func(e delivery.Envelope, attempt int) (delivery.Answer, error) {
		switch {
		case strings.Contains(string(e.Body), "limited"):
			return delivery.Answer{Status: 429, RateLimits: "10:error:key:busy"}, nil
		case strings.Contains(string(e.Body), "refused"):
			return delivery.Answer{Status: 413}, nil
		case strings.Contains(string(e.Body), "never"):
			return delivery.Answer{}, errors.New("away")
		case strings.Contains(string(e.Body), "bug"):
			panic("bug")
		}
		return delivery.Answer{Status: 200}, nil
	}
	kafkatest.Produce(t, kafkatest.Client(t, c), record(key(1), "fine", nil), record(key(1), "limited", nil), record(key(1), "refused", nil),
		record(key(1), "never", func(r *raw.Record) { r.ReceivedAt = time.Now().Add(-time.Hour) }), record(key(1), "bug", nil),
		record(key(1), "", func(r *raw.Record) { r.Body = []byte("no envelope") }), &kgo.Record{Topic: names.Forward, Key: []byte("?"), Value: []byte("no record")})
	start(t, c, f, func(cfg *Config) { cfg.Limits, cfg.MaxAge = limits, time.Minute })
	s := settled(t, c, 7)
	if s.Envelopes-s.Parked != 7 || s.Items.Accepted != 2 || s.Items.Discarded != 1 || s.Items.Dead != 4 || s.Dead != 4 {
		t.Errorf("%+v", s)
	}
	if len(limits.list) != 1 || limits.list[0].Reason != "busy" || limits.list[0].Scope.Key != key(1) {
		t.Errorf("%+v", limits.list)
	}
	reasons := map[string]int{}
	kafkatest.Consume(t, c, names.DeadLetters, func(r *kgo.Record) bool {
		l, err := deadletter.Decode(r.Value)
		if err != nil || l.Topic != names.Forward && (l.Topic != names.ForwardAside || l.Reason != ReasonUndeliverable) || len(l.Value) == 0 {
			t.Fatalf("%s: %v", r.Value, err)
		}
		reasons[string(l.Reason)]++
		return reasons[string(ReasonUndecodable)] == 2 && reasons[string(ReasonUndeliverable)] == 1 && reasons[string(ReasonPanic)] == 1
	})
	if n := f.tries["never"]; n != MaxAttempts {
		t.Errorf("%d attempts", n)
	}
}

// An outage makes no dead letters, however old an envelope is.
func TestOldInAnOutage(t *testing.T) {
	c, f := cluster(t), newFar()
	f.away = true
	f.answer = func(_ delivery.Envelope, attempt int) (delivery.Answer, error) {
		if attempt <= 3*MinAttempts {
			return delivery.Answer{}, errors.New("away")
		}
		return delivery.Answer{Status: 200}, nil
	}
	kafkatest.Produce(t, kafkatest.Client(t, c), record(key(1), "old", func(r *raw.Record) { r.ReceivedAt = time.Now().Add(-time.Hour) }))
	start(t, c, f, func(cfg *Config) { cfg.MaxAge = time.Minute })
	if s := settled(t, c, 1); s.Items.Accepted != 1 || s.Dead != 0 {
		t.Errorf("%+v", s)
	}
}

// A stop waits for what is on its way and leaves the rest; nothing is lost, nothing that was answered is sent again.
func TestStopAndGoOn(t *testing.T) {
	c, f := cluster(t), newFar()
	begun, hold := make(chan struct{}), make(chan struct{})
	var once sync.Once
	f.answer = func(delivery.Envelope, int) (delivery.Answer, error) {
		once.Do(func() { close(begun) })
		<-hold
		return delivery.Answer{Status: 200}, nil
	}
	sessions := make(chan context.Context, 10) // of the envelopes, as they are sent
	f.sessions = sessions
	cl := kafkatest.Client(t, c)
	for i := range 10 {
		kafkatest.Produce(t, cl, record(key(1), fmt.Sprint(i), nil))
	}
	stop := start(t, c, f, nil)
	<-begun
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	<-(<-sessions).Done() // the stop has begun, and waits for what is on its way
	kafkatest.Always(t, "the stop waits", 50*time.Millisecond, func() bool { return len(stopped) == 0 })
	close(hold)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	n := f.count()
	if int64(n) != kafkatest.Committed(t, c, group, names.Forward) || n == 0 || n == 10 {
		t.Errorf("%d sent, %d committed", n, kafkatest.Committed(t, c, group, names.Forward))
	}
	start(t, c, f, nil)
	if s := settled(t, c, 10); s.Envelopes != 10 || s.Repeated != 0 || f.count() != 10 {
		t.Errorf("%+v, %d sent", s, f.count())
	}
}

// The upstream of a project's own, and what an envelope tells about its client, reach the sender.
func TestEnvelope(t *testing.T) {
	c, f := cluster(t), newFar()
	got := make(chan delivery.Envelope, 1)
	f.answer = func(e delivery.Envelope, _ int) (delivery.Answer, error) {
		got <- e
		return delivery.Answer{Status: 200}, nil
	}
	state, err := project.Parse([]byte(`{"projectId":7,"organizationId":3,"upstream":"http://elsewhere:9/"}`))
	if err != nil {
		t.Fatal(err)
	}
	start(t, c, f, func(cfg *Config) { cfg.Projects = oneProject{state} })
	kafkatest.Produce(t, kafkatest.Client(t, c), record(key(1), "x", func(r *raw.Record) {
		r.Body = []byte(`{"client":"sdk/1","forwarded_for":"1.1.1.1"}` + "\n{\"type\":\"event\"}\n{}\n")
	}))
	e := <-got
	if e.Upstream != "http://elsewhere:9/" || e.Project != 42 || e.Key != key(1) || e.Header.Client != "sdk/1" || e.Header.ForwardedFor != "1.1.1.1" {
		t.Errorf("%+v %+v", e, e.Header)
	}
	if _, err := envelope.Parse(e.Body); err != nil {
		t.Error(err)
	}
}

type oneProject struct{ state *project.State }

func (p oneProject) Lookup(dsn.PublicKey) (*project.State, project.Status) {
	return p.state, project.Enabled
}

func TestConfig(t *testing.T) {
	if _, err := New(Config{Window: -1}); err == nil || strings.Count(err.Error(), "\n") < 2 {
		t.Errorf("%v", err)
	}
}
