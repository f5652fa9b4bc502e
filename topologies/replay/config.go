package replay

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"runtime"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/ingest"
	"weir/codecs/raw"
	"weir/codecs/topic"
	"weir/processors/chain"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/producer"
	"weir/topologies/pipeline"
)

// HeaderReplay is the header that marks outputs of a replay on the operator's topics; its value is the id of the run.
const HeaderReplay = "weir-replay"

// Config describes one run.
type Config struct {
	Cluster client.Config
	Names   topic.Names
	// DeadLetters takes the records from dead-letters, with their original bytes, instead of raw. Only the unit that died is put
	// through again.
	DeadLetters bool
	// From and To bound the time at which records were written, to the millisecond; To is exclusive. Zero From: everything
	// that is left; zero To: everything that is there at the start.
	From, To time.Time
	Project  dsn.ProjectID // 0: all
	Key      dsn.PublicKey // empty: all
	// Types are the item types wanted: units without an item of one of them are left out. None: all.
	Types []string
	// Where, if not nil, picks envelopes; Expression is its text, for the id.
	Where      func(*raw.Record, *envelope.Envelope) bool
	Expression string
	// Quotas says what the quota step does; a dry run must not count.
	Quotas chain.QuotaMode
	DryRun bool
	// ID names the run; empty: a hash of what is selected, so that the same command goes on with the same run.
	ID string
	// Progress is the prefix of the consumer group name that keeps the offsets of a run, such as `weir-replay-`.
	Progress string
	Chain    pipeline.Chain
	Projects pipeline.Projects
	Blobs    pipeline.Blobs
	Topics   map[ingest.Topic][]string
	Producer producer.Config
	// Documents writes JSON documents, as the pipeline does with weir.output.format: json.
	Documents bool
	// Elsewhere are sinks of topics on other clusters.
	Elsewhere map[string]producer.Sink
	// Outcomes says how the outcomes of dead letters become messages. Those of raw records were written by the live run.
	Outcomes pipeline.Outcomes
	// Patience is how long a run waits for the config of a project; default 10 s.
	Patience time.Duration
	// Concurrency is how many records are in their chains at the same time; default 4 for each processor.
	Concurrency int
	Clock       func() time.Time
	Log         *slog.Logger
}

// Validate reports everything that is missing or wrong.
func (c Config) Validate() error {
	var errs []error
	if c.Chain == nil || c.Projects == nil || c.Blobs == nil || c.Clock == nil || c.Log == nil {
		errs = append(errs, errors.New("replay: chain, projects, blobs, clock or logger is missing"))
	}
	if c.Names.Raw == "" || c.Progress == "" {
		errs = append(errs, errors.New("replay: a name is missing"))
	}
	if !c.From.IsZero() && !c.To.IsZero() && !c.From.Before(c.To) {
		errs = append(errs, errors.New("replay: the end of the time range is not after its start"))
	}
	if c.DryRun && c.Quotas == chain.QuotaCount {
		errs = append(errs, errors.New("replay: a dry run cannot count quotas: choose recorded or skip"))
	}
	return errors.Join(append(errs, c.Cluster.Validate())...)
}

func (c *Config) defaults() {
	if c.ID == "" {
		c.ID = c.hash()
	}
	c.Patience = cmp.Or(c.Patience, 10*time.Second)
	c.Concurrency = cmp.Or(c.Concurrency, 4*runtime.GOMAXPROCS(0))
}

func (c *Config) source() string {
	if c.DeadLetters {
		return c.Names.DeadLetters
	}
	return c.Names.Raw
}

// hash makes an id of what the run selects and does.
func (c *Config) hash() string {
	b, err := json.Marshal([]any{c.source(), c.From.UnixMilli(), c.To.UnixMilli(), c.Project, c.Key, c.Types, c.Expression, c.Quotas})
	if err != nil { // texts and numbers only
		return "run"
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}
