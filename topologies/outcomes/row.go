package outcomes

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"weir/codecs/ledger"
	"weir/codecs/outcome"
)

// Row is one row of the table: all that the ledger says about one project key and hour, or about all projects and one source
// partition (ledger.TotalsKey).
type Row struct {
	Live Part
	// Replays are kept apart by the id of the run, so that nothing counts twice.
	Replays map[string]*Part
	// Read is the offset on the ledger behind the last applied record.
	Read int64
}

// Part is what live traffic, or one replay run, amounts to.
type Part struct {
	Items     ledger.Items
	Dead      uint64         // envelopes that are dead letters as a whole
	Unchecked uint64         // quota checks that the store did not answer
	Repeated  uint64         // envelopes that were processed again: duplicates
	Counts    []ledger.Count // ordered by end, reason and category
	Sources   map[ledger.Source]Applied

	bytes int // what Counts take at most in the value of a row
}

// Applied is how far one source partition has been counted.
type Applied struct {
	Last      int64  // last applied offset
	Envelopes uint64 // offsets applied
	Parked    uint64 // of these, how many were parked
}

// Bounds of a row: what a client can make up must not grow without limit.
const (
	maxCounts      = 1000
	maxReplays     = 50
	maxPartBytes   = 256 << 10 // of the counts of a part
	maxReplayBytes = 512 << 10 // of the counts of all replays, when one more begins
)

// countBytes bounds what one count takes in the value of a row: every byte of its reason may be escaped.
func countBytes(c *ledger.Count) int { return 48 + 6*len(c.Reason) }

// OtherReasons stands for the reasons for which a row has no more room.
const OtherReasons outcome.Reason = "(other)"

// ApplyAt is Apply for the record at an offset of the ledger. One that has been applied already comes again because this group crashed;
// the pipeline repeated nothing.
func (r *Row) ApplyAt(offset int64, rec *ledger.Record) {
	r.apply(rec, offset >= r.Read)
	r.Read = max(r.Read, offset+1)
}

// Apply adds what is new in a ledger record.
func (r *Row) Apply(rec *ledger.Record) { r.apply(rec, true) }

func (r *Row) apply(rec *ledger.Record, first bool) {
	p := &r.Live
	if rec.Replay != "" {
		if p = r.Replays[rec.Replay]; p == nil {
			p = r.replay(rec.Replay)
		}
	}
	a, ok := p.Sources[rec.Source]
	if !ok {
		a.Last = -1
	}
	s := ledger.Apply(rec, a.Last)
	a.Last = s.Last
	a.Envelopes += s.Envelopes
	a.Parked += s.Parked
	if p.Sources == nil {
		p.Sources = map[ledger.Source]Applied{}
	}
	p.Sources[rec.Source] = a
	p.addItems(s.Items)
	p.Dead += s.Dead
	p.Unchecked += s.Unchecked
	if first {
		p.Repeated += s.Repeated
	}
	for _, c := range s.Counts {
		p.count(c)
	}
}

func (r *Row) replay(id string) *Part {
	if r.Replays == nil {
		r.Replays = map[string]*Part{}
	}
	bytes := 0
	for _, p := range r.Replays {
		bytes += p.bytes
	}
	for len(r.Replays) >= maxReplays || bytes > maxReplayBytes {
		bytes -= r.Replays[slices.Min(slices.Collect(maps.Keys(r.Replays)))].bytes
		delete(r.Replays, slices.Min(slices.Collect(maps.Keys(r.Replays))))
	}
	p := &Part{}
	r.Replays[id] = p
	return p
}

// Add sums another part into p. Sources are summed too; Last is then the larger one.
func (p *Part) Add(o *Part) {
	p.addItems(o.Items)
	p.Dead += o.Dead
	p.Unchecked += o.Unchecked
	p.Repeated += o.Repeated
	for _, c := range o.Counts {
		p.count(c)
	}
	for s, b := range o.Sources {
		a, ok := p.Sources[s]
		if !ok {
			a.Last = -1
		}
		if p.Sources == nil {
			p.Sources = map[ledger.Source]Applied{}
		}
		p.Sources[s] = Applied{max(a.Last, b.Last), a.Envelopes + b.Envelopes, a.Parked + b.Parked}
	}
}

func (p *Part) addItems(i ledger.Items) {
	p.Items.Received += i.Received
	p.Items.Accepted += i.Accepted
	p.Items.Discarded += i.Discarded
	p.Items.Dead += i.Dead
}

func (p *Part) count(c ledger.Count) {
	i, ok := p.find(&c)
	if !ok && (len(p.Counts) >= maxCounts || p.bytes+countBytes(&c) > maxPartBytes) {
		c.Reason = OtherReasons
		i, ok = p.find(&c)
	}
	p.put(i, ok, &c)
}

// put adds a count at the place where find found it, or did not.
func (p *Part) put(i int, found bool, c *ledger.Count) {
	if found {
		p.Counts[i].Quantity += c.Quantity
		return
	}
	p.bytes += countBytes(c)
	p.Counts = slices.Insert(p.Counts, i, *c)
}

func (p *Part) find(c *ledger.Count) (int, bool) {
	return slices.BinarySearchFunc(p.Counts, c, func(a ledger.Count, b *ledger.Count) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), strings.Compare(string(a.Reason), string(b.Reason)), cmp.Compare(a.Category, b.Category))
	})
}

// wireRow and wirePart are the JSON of a row, version 1.
type wireRow struct {
	V       int                 `json:"v"`
	Live    wirePart            `json:"live"`
	Replays map[string]wirePart `json:"replays,omitempty"`
	Read    int64               `json:"read,omitempty"`
}

type wirePart struct {
	Items     [4]uint64           `json:"items"` // received, accepted, discarded, dead
	Dead      uint64              `json:"dead,omitempty"`
	Unchecked uint64              `json:"unchecked,omitempty"`
	Repeated  uint64              `json:"repeated,omitempty"`
	Counts    []wireCount         `json:"counts,omitempty"`
	Sources   map[string][3]int64 `json:"sources,omitempty"` // "topic/partition": last, envelopes, parked
}

type wireCount struct {
	Category outcome.Category `json:"c"`
	ID       outcome.ID       `json:"o"`
	Reason   outcome.Reason   `json:"r,omitempty"`
	Quantity uint64           `json:"n"`
}

// Encode returns the row's value.
func (r *Row) Encode() ([]byte, error) {
	w := wireRow{V: 1, Live: r.Live.wire(), Read: r.Read}
	for id, p := range r.Replays {
		if w.Replays == nil {
			w.Replays = map[string]wirePart{}
		}
		w.Replays[id] = p.wire()
	}
	b, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("encode outcomes row: %w", err)
	}
	return b, nil
}

func (p *Part) wire() wirePart {
	w := wirePart{Items: [4]uint64{p.Items.Received, p.Items.Accepted, p.Items.Discarded, p.Items.Dead}, Dead: p.Dead, Unchecked: p.Unchecked,
		Repeated: p.Repeated}
	for _, c := range p.Counts {
		w.Counts = append(w.Counts, wireCount(c))
	}
	for s, a := range p.Sources {
		if w.Sources == nil {
			w.Sources = map[string][3]int64{}
		}
		w.Sources[s.Topic+"/"+strconv.Itoa(int(s.Partition))] = [3]int64{a.Last, int64(a.Envelopes), int64(a.Parked)}
	}
	return w
}

// DecodeRow reads a row's value.
func DecodeRow(b []byte) (*Row, error) {
	var w wireRow
	if err := json.Unmarshal(b, &w); err != nil {
		return nil, fmt.Errorf("decode outcomes row: %w", err)
	}
	if w.V != 1 {
		return nil, fmt.Errorf("decode outcomes row: unknown version %d", w.V)
	}
	r := &Row{Read: w.Read}
	err := r.Live.read(&w.Live)
	for id, p := range w.Replays {
		part := &Part{}
		if err == nil {
			err = part.read(&p)
		}
		if r.Replays == nil {
			r.Replays = map[string]*Part{}
		}
		r.Replays[id] = part
	}
	if err != nil {
		return nil, fmt.Errorf("decode outcomes row: %w", err)
	}
	return r, nil
}

func (p *Part) read(w *wirePart) error {
	*p = Part{Items: ledger.Items{Received: w.Items[0], Accepted: w.Items[1], Discarded: w.Items[2], Dead: w.Items[3]}, Dead: w.Dead,
		Unchecked: w.Unchecked, Repeated: w.Repeated}
	for _, x := range w.Counts { // they were bounded when they were counted
		c := ledger.Count(x)
		i, ok := p.find(&c)
		p.put(i, ok, &c)
	}
	for name, a := range w.Sources {
		i := strings.LastIndexByte(name, '/')
		n, err := strconv.ParseInt(name[i+1:], 10, 32)
		if i < 0 || err != nil || a[1] < 0 || a[2] < 0 {
			return fmt.Errorf("source %q", name)
		}
		if p.Sources == nil {
			p.Sources = map[ledger.Source]Applied{}
		}
		p.Sources[ledger.Source{Topic: name[:i], Partition: int32(n)}] = Applied{a[0], uint64(a[1]), uint64(a[2])}
	}
	return nil
}
