package forward

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"weir/codecs/delivery"
	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
	"weir/codecs/topic"
	"weir/topologies/kafka"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/stage"

	"github.com/lovoo/goka"
)

// Sender sends envelopes; the upstream client of the edge is one.
type Sender interface {
	// Send makes one attempt. It waits, as long as ctx allows, while the upstream does not know us or is away; an attempt that has begun
	// goes on for a moment then. An error says that the upstream has not answered: the envelope has to be sent again.
	Send(ctx context.Context, e delivery.Envelope) (delivery.Answer, error)
	// Pause returns after an error of Send when the next attempt makes sense, and with an error when ctx ends before.
	Pause(ctx context.Context) error
	// Signs says what has been heard of the usual upstream.
	Signs() delivery.Signs
}

// Limits learns rate limits; *limits.View implements it.
type Limits interface {
	Learn(ctx context.Context, learned []ratelimit.Limit) error
}

// Projects tells the scopes and the upstream of a key; *projects.View implements it.
type Projects interface {
	Lookup(key dsn.PublicKey) (*project.State, project.Status)
}

// Blobs reads the bodies of large envelopes; *blobs.Fetcher implements it.
type Blobs interface {
	Fetch(ctx context.Context, m *raw.Manifest) (body []byte, release func(), err error)
}

// Config describes the forward group of one process. It is always at-least-once: an upstream takes part in no transaction.
type Config struct {
	Cluster  client.Config
	Names    topic.Names
	Group    string // of what comes in its turn
	Aside    string // name of the group of what was set aside
	Instance string
	Producer producer.Config
	Sender   Sender
	Limits   Limits
	Projects Projects
	Blobs    Blobs
	// The envelopes of a public key go one after the other, in their order, as long as that is fast enough: for every Backlog of them that
	// wait one more may be on the way, up to Window. Window 1 keeps their order whatever waits. Defaults: 32 and 16; an upstream that is 100 ms
	// away gets 10 envelopes a second of a project in their order, and with 144 waiting 100 a second.
	Window, Backlog int
	// MaxAge is the age, since it was received, from which on an envelope is not tried any more when at least MaxAttempts of its own, or of
	// its key, failed although the upstream answers to others. Default 24 h.
	MaxAge time.Duration
	// Times says when an envelope that fails is set aside, and when it is tried again.
	Times Times
	// MaxBytes bounds the records in memory; default 64 MiB, and a quarter of it for what was set aside. The rest waits on the topics.
	MaxBytes int
	Clock    func() time.Time
	Log      *slog.Logger
	Metrics  *Metrics
}

// An envelope that fails while others pass is set aside after MinAttempts; it ends as a dead letter after MaxAttempts at the earliest.
const (
	MinAttempts = 3
	MaxAttempts = 10
)

// Times of what fails for a reason of its own. Zero values mean the defaults.
type Times struct {
	// Patience is how long an envelope is tried in its turn while the upstream lives but no envelope passes; default 30 s.
	Patience time.Duration
	// First is the pause before the next attempt of what was set aside; each one is twice as long, up to Longest. Defaults 5 s and 5 min.
	First, Longest time.Duration
	// Hold is how long a record that could be tried, if its key were or the upstream there, waits in memory; default 60 s.
	Hold time.Duration
}

func (t Times) defaults() Times {
	return Times{cmp.Or(t.Patience, 30*time.Second), cmp.Or(t.First, 5*time.Second), cmp.Or(t.Longest, 5*time.Minute), cmp.Or(t.Hold, time.Minute)}
}

// pause is the time before the next attempt after so many that failed.
func (t Times) pause(failed int) time.Duration {
	d := t.First
	for range failed - MinAttempts {
		if d *= 2; d >= t.Longest {
			return t.Longest
		}
	}
	return d
}

// Validate reports everything that is missing or wrong.
func (c Config) Validate() error {
	var errs []error
	if c.Sender == nil || c.Limits == nil || c.Projects == nil || c.Blobs == nil || c.Clock == nil || c.Log == nil {
		errs = append(errs, errors.New("forward: sender, limits, projects, blobs, clock or logger is missing"))
	}
	if c.Group == "" || c.Aside == "" || c.Names.Forward == "" || c.Names.ForwardAside == "" || c.Names.Ledger == "" || c.Names.DeadLetters == "" {
		errs = append(errs, errors.New("forward: a name is missing"))
	}
	if c.Window < 0 || c.Backlog < 0 || c.MaxAge < 0 || c.MaxBytes < 0 || min(c.Times.Patience, c.Times.First, c.Times.Longest, c.Times.Hold) < 0 {
		errs = append(errs, errors.New("forward: a negative number"))
	}
	return errors.Join(append(errs, c.Cluster.Validate())...)
}

// Group is the forward group of this process, with the one of what was set aside beside it.
type Group struct{ cfg Config }

// New returns a group.
func New(cfg Config) (*Group, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.Window, cfg.Backlog = cmp.Or(cfg.Window, 32), cmp.Or(cfg.Backlog, 16)
	cfg.MaxAge, cfg.MaxBytes, cfg.Times = cmp.Or(cfg.MaxAge, 24*time.Hour), cmp.Or(cfg.MaxBytes, 64<<20), cfg.Times.defaults()
	return &Group{cfg}, nil
}

// Run works until ctx ends.
func (g *Group) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	known := newTroubles(g.cfg.Times, g.cfg.Clock)
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i, aside := range []bool{false, true} {
		wg.Go(func() {
			defer cancel() // neither goes on without the other
			errs[i] = g.group(known, aside).Run(ctx)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// group is the consumer group of one of the two topics.
func (g *Group) group(known *troubles, aside bool) kafka.Group {
	name, input, bytes := g.cfg.Group, g.cfg.Names.Forward, g.cfg.MaxBytes
	if aside {
		name, input, bytes = g.cfg.Aside, g.cfg.Names.ForwardAside, g.cfg.MaxBytes/4
	}
	return kafka.Group{Name: name, Cluster: g.cfg.Cluster, Instance: g.cfg.Instance, Producer: g.cfg.Producer, MaxBytes: bytes, Log: g.cfg.Log,
		Define: func(out producer.Sink) (*goka.GroupGraph, func()) {
			l := newLanes(g.cfg, out, known, aside)
			return goka.DefineGroup(goka.Group(name), goka.Input(goka.Stream(input), stage.Bytes{}, stage.Safe(l.callback))), l.close
		}}
}
