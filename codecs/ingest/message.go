package ingest

// Topic is the key of an operator topic in `processing.topics` (topics.tsv); the name is configuration.
type Topic uint8

// The operator's topics.
const (
	Events Topic = iota
	Attachments
	Transactions
	Outcomes
	OutcomesBilling
	MetricsSessions
	Monitors
	Feedback
	Spans
	Profiles
	ReplayRecordings
	Items
)

// AllTopics lists the operator's topics in the order of topics.tsv.
var AllTopics = []Topic{Events, Attachments, Transactions, Outcomes, OutcomesBilling, MetricsSessions, Monitors, Feedback, Spans, Profiles, ReplayRecordings, Items}

var topicKeys = [...]string{"events", "attachments", "transactions", "outcomes", "outcomes_billing", "metrics_sessions", "monitors", "feedback", "spans", "profiles", "replay_recordings", "items"}

var topicDefaults = [...]string{"ingest-events", "ingest-attachments", "ingest-transactions", "outcomes", "outcomes-billing", "ingest-metrics", "ingest-monitors", "ingest-feedback-events", "ingest-spans", "profiles", "ingest-replay-recordings", "snuba-items"}

// Key returns the configuration key below `processing.topics`.
func (t Topic) Key() string { return topicKeys[t] }

// DefaultName returns the topic's default name.
func (t Topic) DefaultName() string { return topicDefaults[t] }

// Header is one record header.
type Header struct{ Key, Value string }

// Message is one record for an operator's topic.
type Message struct {
	Topic   Topic
	Key     [16]byte
	Headers []Header
	Value   []byte
	Buffer  *Buffer // has the memory of Value; nil: the garbage collector has
}
