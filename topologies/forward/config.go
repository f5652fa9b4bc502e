package forward

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
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

// Envelope is what a Sender sends.
type Envelope struct {
	Key      dsn.PublicKey
	Project  dsn.ProjectID
	Header   *envelope.Header
	Body     []byte // the whole envelope
	Upstream string // of the project, an origin URL; empty: the usual one
}

// Answer is what the upstream said about an envelope that it has got (edge 12.9).
type Answer struct {
	Status     int
	RateLimits string // all X-Sentry-Rate-Limits lines, joined by commas
	RetryAfter string
}

// Sender sends envelopes; the upstream client of the edge is one.
type Sender interface {
	// Send makes one attempt. It waits, as long as ctx allows, while the upstream does not know us or is away; an attempt that has begun
	// goes on for a moment then. An error says that the upstream has not answered: the envelope has to be sent again.
	Send(ctx context.Context, e Envelope) (Answer, error)
	// Pause returns after an error of Send when the next attempt makes sense, and with an error when ctx ends before. answers says that the
	// upstream has answered to somebody since it last failed to.
	Pause(ctx context.Context) (answers bool, err error)
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
	Group    string
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
	// MaxAge is the age, since it was received, from which on an envelope is not tried any more when at least MinAttempts failed although
	// the upstream answers to others. Default 24 h.
	MaxAge time.Duration
	// MaxBytes bounds the records in memory; default 64 MiB. The rest waits on the topic.
	MaxBytes int
	Clock    func() time.Time
	Log      *slog.Logger
	Metrics  *Metrics
}

// MinAttempts is how often an envelope is tried at least, outages aside, before it ends as a dead letter.
const MinAttempts = 3

// Validate reports everything that is missing or wrong.
func (c Config) Validate() error {
	var errs []error
	if c.Sender == nil || c.Limits == nil || c.Projects == nil || c.Blobs == nil || c.Clock == nil || c.Log == nil {
		errs = append(errs, errors.New("forward: sender, limits, projects, blobs, clock or logger is missing"))
	}
	if c.Group == "" || c.Names.Forward == "" || c.Names.Ledger == "" || c.Names.DeadLetters == "" {
		errs = append(errs, errors.New("forward: a name is missing"))
	}
	if c.Window < 0 || c.Backlog < 0 || c.MaxAge < 0 || c.MaxBytes < 0 {
		errs = append(errs, errors.New("forward: a negative number"))
	}
	return errors.Join(append(errs, c.Cluster.Validate())...)
}

// Group is the forward group of this process.
type Group struct{ cfg Config }

// New returns a group.
func New(cfg Config) (*Group, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.Window, cfg.Backlog = cmp.Or(cfg.Window, 32), cmp.Or(cfg.Backlog, 16)
	cfg.MaxAge = cmp.Or(cfg.MaxAge, 24*time.Hour)
	return &Group{cfg}, nil
}

// Run works until ctx ends.
func (g *Group) Run(ctx context.Context) error {
	return kafka.Group{Name: g.cfg.Group, Cluster: g.cfg.Cluster, Instance: g.cfg.Instance, Producer: g.cfg.Producer, MaxBytes: g.cfg.MaxBytes, Log: g.cfg.Log,
		Define: func(out producer.Sink) (*goka.GroupGraph, func()) {
			l := newLanes(g.cfg, out)
			graph := goka.DefineGroup(goka.Group(g.cfg.Group),
				goka.Input(goka.Stream(g.cfg.Names.Forward), stage.Bytes{}, stage.Safe(l.callback)))
			return graph, l.close
		}}.Run(ctx)
}
