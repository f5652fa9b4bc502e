package main

import (
	"fmt"
	"strings"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/topologies/trace"
)

// traceDocument is the JSON of `weir trace --json` and of /dev/trace/ID.
type traceDocument struct {
	ID        string           `json:"id"`
	Envelopes []traceEnvelope  `json:"envelopes"`
	More      int64            `json:"more,omitempty"` // older envelopes with the id, of which nothing is told
	Searched  []trace.Searched `json:"searched"`
}

// traceEnvelope is the story of one envelope.
type traceEnvelope struct {
	Found      string        `json:"found_by"`
	Raw        trace.At      `json:"raw"`
	Gone       bool          `json:"gone,omitempty"`     // the raw record is deleted; a dead letter kept its bytes
	Receipt    string        `json:"receipt"`            // empty where the headers of the record cannot be read; it was received when it was written, then
	EventID    string        `json:"event_id,omitempty"` // of the envelope
	ReceivedAt time.Time     `json:"received_at"`
	Project    dsn.ProjectID `json:"project,omitempty"` // of the request
	Key        dsn.PublicKey `json:"key"`
	Sampling   dsn.PublicKey `json:"sampling_key,omitempty"`
	Trusted    bool          `json:"trusted,omitempty"` // it came from a trusted relay
	Signed     bool          `json:"signed,omitempty"`
	Bytes      int           `json:"bytes"`
	Chunks     int           `json:"chunks,omitempty"`
	Sender     *traceSender  `json:"sender,omitempty"`
	Discards   []tryOutcome  `json:"discarded_by_edge"`

	State       string        `json:"state"`  // done, in_flight, parked, forward, unknown
	Behind      int64         `json:"behind"` // records that a group has to read up to and with it; 0: read, -1: not known
	GivenUp     time.Time     `json:"waits_until"`
	Ledger      []traceLedger `json:"ledger"`
	Waits       []trace.At    `json:"waits,omitempty"`
	DeadLetters []traceLetter `json:"dead_letters"`

	// What the chain makes of it now.
	Config   *traceConfig   `json:"config,omitempty"`
	Problem  string         `json:"problem,omitempty"` // why the chain was not run
	Differs  bool           `json:"differs"`           // the ledger knows other ends than the chain gives now
	Guessed  bool           `json:"guessed,omitempty"` // messages are those without filters and quotas
	Trail    []stepView     `json:"trail"`
	Items    []traceItem    `json:"items"`
	Messages []traceMessage `json:"messages"`
	Outcomes []traceOutcome `json:"outcomes"`
	Dead     []tryDead      `json:"dead_now,omitempty"`
}

// traceSender is what the envelope says about who sent it.
type traceSender struct {
	Client       string    `json:"client,omitempty"`
	SentAt       time.Time `json:"sent_at,omitzero"`
	RemoteAddr   string    `json:"remote_addr,omitempty"`
	ForwardedFor string    `json:"forwarded_for,omitempty"`
	UserAgent    string    `json:"user_agent,omitempty"`
	Origin       string    `json:"origin,omitempty"`
	Items        []string  `json:"items"`
}

// traceLedger is an entry of the ledger.
type traceLedger struct {
	At        trace.At      `json:"record"`
	Source    trace.At      `json:"source"`
	Replay    string        `json:"replay,omitempty"`
	Parked    bool          `json:"parked,omitempty"` // or gone on to the upstream
	Dead      bool          `json:"dead,omitempty"`   // as a whole
	Again     bool          `json:"repeated,omitempty"`
	Unchecked uint64        `json:"unchecked,omitempty"`
	Items     replayItems   `json:"items"`
	Counts    []statusCount `json:"counts"`
	Limited   []string      `json:"limited_by,omitempty"`
}

type traceLetter struct {
	At     trace.At `json:"record"`
	Unit   int      `json:"unit"` // -1: the whole record
	Step   string   `json:"step,omitempty"`
	Reason string   `json:"reason"`
	Detail string   `json:"detail,omitempty"`
}

// traceConfig is the project config that the chain ran with.
type traceConfig struct {
	State   string        `json:"state"`
	Use     string        `json:"use,omitempty"` // fresh, stale, expired
	Source  string        `json:"source,omitempty"`
	Rev     string        `json:"rev,omitempty"`
	Project dsn.ProjectID `json:"project,omitempty"`
	Updated time.Time     `json:"updated,omitzero"`
}

type traceItem struct {
	Type    string  `json:"type"`
	Name    string  `json:"name,omitempty"`
	Unit    string  `json:"unit"`
	Bytes   int     `json:"bytes"`
	Topic   *string `json:"topic"`
	Verdict verdict `json:"verdict"`
}

// traceMessage is a message and where it is.
type traceMessage struct {
	Topic  string        `json:"topic"`
	Type   string        `json:"type,omitempty"`
	Key    string        `json:"key"`
	Bytes  int           `json:"bytes"`
	Places []trace.Place `json:"places"`
}

type traceOutcome struct {
	tryOutcome
	Places []trace.Place `json:"places"`
}

// sender fills in what the envelope says.
func (d *traceEnvelope) sender(e *envelope.Envelope) {
	if e == nil {
		return
	}
	h := &e.Header
	d.Sender = &traceSender{Client: h.Client, SentAt: h.SentAt, RemoteAddr: h.RemoteAddr, ForwardedFor: h.ForwardedFor, UserAgent: h.UserAgent, Origin: h.Origin, Items: []string{}}
	for i := range e.Items {
		d.Sender.Items = append(d.Sender.Items, e.Items[i].Type)
	}
}

// advice says what was searched, and what to try next.
func (d *traceDocument) advice(s *stack, from time.Time, all bool) string {
	var b strings.Builder
	for i, x := range d.Searched {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s records of %s (%d partitions)", number(x.Records), x.Topic, x.Partitions)
		if !x.From.IsZero() {
			fmt.Fprintf(&b, " from %s", x.From.Format(time.RFC3339))
		}
		fmt.Fprintf(&b, " to %s", x.To.UTC().Format(time.RFC3339))
	}
	fmt.Fprintf(&b, "\ntrace: it may be older: try --from -7d (raw records are kept for %s)", s.keep().Raw)
	b.WriteString("\ntrace: or the edge has refused the request (403, 413, 429: `weir status` and `weir tap --topic outcomes` tell how many), or the SDK has never sent it")
	if !all {
		b.WriteString("\ntrace: ids within envelopes above 900 kB, and of spans and logs, are not looked for; the event id of the envelope, or its receipt, is found")
	}
	return b.String()
}
