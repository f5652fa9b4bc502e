package raw

import (
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/outcome"
)

// ReceiptID identifies one accepted request: a UUIDv7 made by the edge. Everything that the contract makes
// random derives from it and an item index, so the same record gives the same bytes (house 1.2).
type ReceiptID [16]byte

// String returns the hyphenated form.
func (r ReceiptID) String() string { return envelope.EventID(r).Hyphenated() }

// MarshalText returns the hyphenated form, for logs as JSON.
func (r ReceiptID) MarshalText() ([]byte, error) {
	return envelope.EventID(r).AppendHyphenated(make([]byte, 0, 36)), nil
}

// UnmarshalText is ParseReceipt.
func (r *ReceiptID) UnmarshalText(b []byte) (err error) {
	*r, err = ParseReceipt(string(b))
	return err
}

// Discard is something the edge dropped from a request that it answered 2xx (house 1.4).
type Discard struct {
	ID       outcome.ID       `json:"id"`
	Reason   outcome.Reason   `json:"reason,omitempty"`
	Category outcome.Category `json:"category"`
	Quantity uint64           `json:"quantity"`
}

// Record is one envelope on raw, released, parked, forward or forward-aside.
type Record struct {
	Receipt    ReceiptID
	EventID    envelope.EventID // of the envelope, zero when it has none; the Kafka key (house 1)
	ReceivedAt time.Time        // start of the request, microseconds
	Key        dsn.PublicKey
	// Sampling is the public key of the trace header when it is another one than Key: its config is needed too (pipeline 1 step 3).
	Sampling  dsn.PublicKey
	Project   dsn.ProjectID // from the request path or the DSN; 0 when the request had none
	Trusted   bool          // edge 4.4
	Signature string        // X-Sentry-Relay-Signature, needed again at dequeue (edge 10.3 e)
	ByKey     bool          // records are in one order for each public key: the Kafka key says so
	Items     int           // number of items, for the in-flight figure of `weir status`
	Discards  []Discard
	ParkedAt  time.Time // zero unless the record has been parked
	Replay    *Replay   // set on records that a replay put through the chain again
	Aside     *Aside    // set on records that wait on forward-aside
	Covers    [16]byte  // the source offsets whose outcomes the envelope tells an upstream, as whoever made it counts them; zero for others

	Body     []byte    // envelope bytes; nil when Manifest is set
	Manifest *Manifest // chunks in blobs

	Err error // the record could not be decoded; Body is then the raw value
}

// Aside says how it stands with an envelope that the upstream does not answer for.
type Aside struct {
	Failed int       // attempts that failed although the upstream answered others
	Due    time.Time // of the next attempt, microseconds
}

// Replay marks a record that is processed again (cli.md, weir replay).
type Replay struct {
	ID string // of the replay run
}

// Manifest names the chunks of a large envelope in the blobs topic (house 1.3).
type Manifest struct {
	Partition int32   `json:"partition"`
	Offsets   []int64 `json:"offsets"`
	Length    int     `json:"length"` // bytes of the whole envelope
	SHA256    string  `json:"sha256"` // hex
	// Head is the envelope without payloads: the header line and the item header lines, for those who only look. May be empty.
	Head string `json:"head,omitempty"`
}
