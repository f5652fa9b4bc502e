package backtest

import (
	"errors"
	"log/slog"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/processors/chain"
	"weir/topologies/kafka/client"
	"weir/topologies/pipeline"
)

// Config describes one run.
type Config struct {
	Cluster client.Config
	Raw     string // topic
	// From and To bound the time at which records were written, to the millisecond; To is exclusive. Both are required.
	From, To time.Time
	// Proposed are the states to try, by public key. Records of other keys are left out.
	Proposed map[dsn.PublicKey]*project.State
	Project  dsn.ProjectID // only records of this project; 0: all
	// Types are the item types wanted: envelopes without an item of one of them are left out. None: all.
	Types []string
	Max   int64 // envelopes to compare at most; 0: all
	// InForce and Then are the chains, each with a store of quotas of its own.
	InForce, Then pipeline.Chain
	Projects      pipeline.Projects
	Blobs         pipeline.Blobs
	Log           *slog.Logger
}

// Validate reports everything that is missing or wrong.
func (c Config) Validate() error {
	var errs []error
	if c.InForce == nil || c.Then == nil || c.Projects == nil || c.Blobs == nil || c.Log == nil {
		errs = append(errs, errors.New("backtest: chains, projects, blobs or logger are missing"))
	}
	if c.Raw == "" {
		errs = append(errs, errors.New("backtest: a name is missing"))
	}
	if c.From.IsZero() || !c.From.Before(c.To) {
		errs = append(errs, errors.New("backtest: the end of the time range is not after its start"))
	}
	if len(c.Proposed) == 0 {
		errs = append(errs, errors.New("backtest: no key has a proposed config"))
	}
	if c.Max < 0 {
		errs = append(errs, errors.New("backtest: a negative maximum"))
	}
	return errors.Join(append(errs, c.Cluster.Validate())...)
}

// Pair is one envelope under both configs.
type Pair struct {
	Record  *raw.Record
	Sent    *envelope.Envelope // as it was sent
	InForce chain.Result
	Then    chain.Result // with the proposed config
}

// Report says what a run has looked at.
type Report struct {
	Records  int64 // in the range of offsets
	Done     int64 // of these, read so far
	Compared int64 // envelopes that went through both chains
	Skipped  int64 // left out: another project, or by a filter
	Unknown  int64 // left out: no config is in force for the key
	Broken   int64 // left out: the record or its chunks cannot be read
	Finished bool  // false: interrupted
	Enough   bool  // Max ended the run
	// First and Last are when the earliest and the latest envelope that was compared were received.
	First, Last time.Time
}
