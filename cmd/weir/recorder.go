package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"weir/codecs/dsn"
	"weir/processors"
	"weir/topologies/pipeline"
)

// recorded is what became of one item: a line of the demo, an entry of the /dev endpoints.
type recorded struct {
	At       time.Time     `json:"received_at"`
	Receipt  string        `json:"receipt"`
	Key      dsn.PublicKey `json:"key"`
	Project  dsn.ProjectID `json:"project"`
	EventID  string        `json:"event_id,omitempty"`
	Client   string        `json:"client,omitempty"`
	Type     string        `json:"type"`
	Fate     string        `json:"fate"` // accepted, discarded, dead, parked
	Outcome  string        `json:"outcome,omitempty"`
	Reason   string        `json:"reason,omitempty"`
	Step     string        `json:"step,omitempty"`
	Topics   []string      `json:"topics,omitempty"`
	message  []byte        // the message that the item became, or that it is part of
	Released bool          `json:"was_parked,omitempty"`
}

// recorder keeps what the pipeline of this process decided, newest last, up to a bound.
type recorder struct {
	mu      sync.Mutex
	rows    []recorded
	dropped int           // rows that are not kept any more
	new     chan struct{} // kicked when rows were added
}

// keepRecorded is how many items the recorder remembers; the demo has far fewer.
const keepRecorded = 1000

func newRecorder() *recorder { return &recorder{new: make(chan struct{}, 1)} }

// seen implements observer.
func (r *recorder) seen(s pipeline.Seen) {
	rows := rowsOf(s)
	r.mu.Lock()
	r.rows = append(r.rows, rows...)
	if extra := len(r.rows) - keepRecorded; extra > keepRecorded/4 {
		r.rows = slices.Delete(r.rows, 0, extra)
		r.dropped += extra
	}
	r.mu.Unlock()
	select {
	case r.new <- struct{}{}:
	default:
	}
}

// rowsOf makes a row of every item of a record, or one for the record where it was not opened.
func rowsOf(s pipeline.Seen) []recorded {
	rec := s.Record
	whole := recorded{At: rec.ReceivedAt, Receipt: rec.Receipt.String(), Key: rec.Key, Project: rec.Project, Type: "envelope", Released: !rec.ParkedAt.IsZero()}
	if s.Parked {
		whole.Fate, whole.Reason = "parked", "project config not known yet"
		return []recorded{whole}
	}
	if s.Result.Scope.Project != 0 {
		whole.Project = s.Result.Scope.Project
	}
	var rows []recorded
	for _, u := range s.Result.Units {
		for _, it := range u.Items {
			rows = append(rows, rowOf(whole, u, it))
		}
	}
	for _, d := range s.Result.Dead {
		if d.Unit < 0 {
			row := whole
			row.Fate, row.Step, row.Reason = "dead", d.Step, d.Reason.Text()
			rows = append(rows, row)
		}
	}
	for _, d := range rec.Discards {
		row := whole
		row.Type, row.Fate, row.Outcome, row.Reason, row.Step = d.Category.String(), "discarded", d.ID.String(), d.Reason.Text(), "edge"
		rows = append(rows, row)
	}
	return rows
}

func rowOf(row recorded, u *processors.Unit, it *processors.Item) recorded {
	row.Type, row.Step, row.Reason = it.Type, it.Step, it.Reason.Text()
	if u.Header != nil {
		row.Client = u.Header.Client
	}
	if !u.EventID.IsNil() {
		row.EventID = u.EventID.String()
	}
	switch it.Fate {
	case processors.FateDropped:
		row.Fate, row.Outcome = "discarded", it.ID.String()
	case processors.FateDead:
		row.Fate = "dead"
	default:
		row.Fate = "accepted"
		for _, m := range u.Out {
			if name := m.Topic.DefaultName(); !slices.Contains(row.Topics, name) {
				row.Topics = append(row.Topics, name)
			}
			if it == u.Main {
				row.message = m.Value
			}
		}
	}
	return row
}

// rowsSince returns copies of the rows after the first n that were ever recorded, as far as they are kept.
func (r *recorder) rowsSince(n int) []recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n -= r.dropped; n >= len(r.rows) {
		return nil
	}
	return slices.Clone(r.rows[max(n, 0):])
}

func (r *recorder) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dropped += len(r.rows)
	r.rows = nil
}

// scrubbed counts the remarks in the event of the message.
func (r *recorded) scrubbed() int { return bytes.Count(r.message, []byte(`"rem":[`)) }

// MarshalJSON adds the event as the message carries it.
func (r recorded) MarshalJSON() ([]byte, error) {
	type plain recorded
	out := struct {
		plain
		Event json.RawMessage `json:"event,omitempty"`
	}{plain: plain(r)}
	if payload := messageField(r.message, "payload"); json.Valid(payload) { // JSON messages have none
		out.Event = payload
	}
	return json.Marshal(out)
}
