package topic

import (
	"errors"
	"time"

	"weir/codecs/ingest"
)

// Cleanup is what Kafka does with old records.
type Cleanup string

// The cleanup policies.
const (
	Delete        Cleanup = "delete"
	Compact       Cleanup = "compact"
	CompactDelete Cleanup = "compact,delete"
)

// MaxRawEnvelope is the largest envelope, in bytes, that goes to raw in one record; larger ones go to blobs in chunks of at most
// this size (house 1.3). With headers it stays below the 1 MiB of a stock broker.
const MaxRawEnvelope = 900_000

// stockMessageBytes is the message limit of a broker that nobody configured.
const stockMessageBytes = 1_048_588

// Spec says how a topic is to be kept. Zero values leave the broker's default.
type Spec struct {
	Name            string
	Carries         string // for people
	Cleanup         Cleanup
	Retention       time.Duration // 0: for ever with Compact, else the broker's default
	MaxMessageBytes int
	Own             bool // weir's own, under the namespace; false: the operator's
}

// Keep are the retention times of weir's own topics.
type Keep struct {
	Raw          time.Duration // how far back `weir replay` and `weir trace` can look
	Parked       time.Duration // longer than Waiting
	Waiting      time.Duration // the age at which parked records become dead letters; blobs are kept that much longer than raw, at least a day
	DeadLetters  time.Duration
	Ledger       time.Duration
	MaxRateLimit time.Duration // processing.max_rate_limit; limits are kept an hour longer
}

// DefaultKeep returns the retention times without configuration.
func DefaultKeep() Keep {
	const day = 24 * time.Hour
	return Keep{Raw: 7 * day, Parked: 7 * day, Waiting: day, DeadLetters: 14 * day, Ledger: 30 * day, MaxRateLimit: 300 * time.Second}
}

// Validate reports times that lose data.
func (k Keep) Validate() error {
	var errs []error
	for _, t := range []struct {
		name string
		d    time.Duration
	}{{"raw", k.Raw}, {"parked", k.Parked}, {"dead letters", k.DeadLetters}, {"ledger", k.Ledger}} {
		if t.d < time.Hour {
			errs = append(errs, errors.New("retention of "+t.name+" must be at least an hour"))
		}
	}
	if k.Waiting < 0 {
		errs = append(errs, errors.New("the age of parked records must not be negative"))
	}
	if k.Parked <= k.Waiting {
		errs = append(errs, errors.New("parked records must be kept longer than the age at which they become dead letters"))
	}
	if k.MaxRateLimit < 0 {
		errs = append(errs, errors.New("the largest rate limit must not be negative"))
	}
	return errors.Join(errs...)
}

// Specs declares weir's own topics.
func (n Names) Specs(k Keep) []Spec {
	own := func(name, carries string, c Cleanup, keep time.Duration, size int) Spec {
		return Spec{Name: name, Carries: carries, Cleanup: c, Retention: keep, MaxMessageBytes: size, Own: true}
	}
	const hour, day = time.Hour, 24 * time.Hour
	return []Spec{
		own(n.Raw, "accepted envelopes", Delete, k.Raw, stockMessageBytes),
		own(n.Blobs, "chunks of large envelopes", Delete, k.Raw+max(k.Waiting, day), stockMessageBytes),
		own(n.Released, "envelopes whose project config has come", Delete, k.Raw, stockMessageBytes),
		own(n.Parked, "envelopes that wait for a project config", Delete, k.Parked, stockMessageBytes),
		own(n.ProjectRequests, "keys whose project config is wanted", Delete, hour, stockMessageBytes),
		own(n.ProjectsTable, "project configs by key", Compact, 0, 10_000_000),
		own(n.Ledger, "what became of every source offset", Delete, k.Ledger, stockMessageBytes),
		own(n.OutcomesTable, "counters by project key and hour", Compact, 0, 2*stockMessageBytes),
		own(n.DeadLetters, "what weir could not process, with the original bytes", Delete, k.DeadLetters, 2*stockMessageBytes),
		own(n.RateLimits, "rate limits in force", CompactDelete, k.MaxRateLimit+hour, stockMessageBytes),
	}
}

// ForwardSpecs declares the topics of envelopes for the upstream; only a weir with processing off has them.
func (n Names) ForwardSpecs(k Keep) []Spec {
	return []Spec{
		{Name: n.Forward, Carries: "envelopes for the upstream", Cleanup: Delete, Retention: k.Raw, MaxMessageBytes: stockMessageBytes, Own: true},
		{Name: n.ForwardAside, Carries: "envelopes that failed for a reason of their own", Cleanup: Delete, Retention: max(k.Raw, k.Parked), MaxMessageBytes: stockMessageBytes, Own: true},
	}
}

// operator are the broker settings of topics.tsv for the operator's topics.
var operator = map[ingest.Topic]struct {
	carries string
	size    int
}{
	ingest.Events:           {"error, default and csp events without attachments and user reports", 10_000_000},
	ingest.Attachments:      {"attachment chunks, standalone attachments, user reports, and events that have either", 10_000_000},
	ingest.Transactions:     {"transaction events", 10_000_000},
	ingest.Outcomes:         {"outcomes 1, 3, 4, 5, 6", 0},
	ingest.OutcomesBilling:  {"outcomes 0 and 2", 0},
	ingest.MetricsSessions:  {"session metric buckets", 10_000_000},
	ingest.Monitors:         {"check-ins", 10_000_000},
	ingest.Feedback:         {"user feedback events", 10_000_000},
	ingest.Spans:            {"spans v2", 10_000_000},
	ingest.Profiles:         {"profiles and profile chunks", 52_428_800},
	ingest.ReplayRecordings: {"replay recordings with event and video", 15_000_000},
	ingest.Items:            {"logs, trace metrics, trace attachments", 10_000_000},
}

// OperatorSpec declares an operator's topic under its configured name (topics.tsv). Its partition count is the broker's default.
func OperatorSpec(t ingest.Topic, name string) Spec {
	o := operator[t]
	return Spec{Name: name, Carries: o.carries, Cleanup: Delete, Retention: 24 * time.Hour, MaxMessageBytes: o.size}
}
