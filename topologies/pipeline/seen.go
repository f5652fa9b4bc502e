package pipeline

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"weir/codecs/deadletter"
	"weir/codecs/dsn"
	"weir/codecs/ingest"
	"weir/codecs/outcome"
	"weir/codecs/raw"
	"weir/codecs/topic"
	"weir/topologies/rawrecord"

	"github.com/twmb/franz-go/pkg/kgo"
)

// seen is what a process that ended in the middle of its work may have left on the topics that it writes to. The same record gives the same
// bytes (house 1.2), ids, keys and times in them are those of one record: what is there to the byte has been written for it.
type seen struct {
	names   *topic.Names
	bills   map[string]bool       // the topics of outcomes
	outputs map[digest]uint32     // how many records are there of each identity
	events  map[digest]struct{}   // topic, key and receive time of events, whatever else their messages hold
	tallies map[billed][][2]int64 // the offsets that outcome messages count
	reports map[route][][2]int64  // the offsets whose outcomes an upstream is told
	unknown map[string]bool       // topics of which nothing is known
}

// route is for whom an upstream is told outcomes, and of which source partition.
type route struct {
	source  uint32
	key     dsn.PublicKey
	project dsn.ProjectID
}

type digest [16]byte

// billed is what outcome messages of one source partition have in common but for their quantity.
type billed struct {
	source    uint32
	sum       uint32
	statement string
}

func newSeen(names *topic.Names, topics *Topics) *seen {
	bills := map[string]bool{}
	for _, t := range []ingest.Topic{ingest.Outcomes, ingest.OutcomesBilling} {
		for _, name := range topics.names[t] {
			bills[name] = true
		}
	}
	return &seen{names: names, bills: bills, outputs: map[digest]uint32{}, events: map[digest]struct{}{}, tallies: map[billed][][2]int64{},
		reports: map[route][][2]int64{}, unknown: map[string]bool{}}
}

// add notes a record that is there.
func (s *seen) add(r *kgo.Record) {
	if k, ok := readCover(r.Key); ok && s.bills[r.Topic] {
		if t, source, err := outcome.ParseMessage(r.Value); err == nil {
			key := billed{k.source, k.sum, statement(&t, source)}
			s.tallies[key] = append(s.tallies[key], [2]int64{k.first, k.last})
			return
		}
	}
	if r.Topic == s.names.Forward {
		rec := rawrecord.Decode(r)
		if k, ok := readCover(rec.Covers[:]); ok {
			to := route{k.source, rec.Key, rec.Project}
			s.reports[to] = append(s.reports[to], [2]int64{k.first, k.last})
			return
		}
	}
	s.outputs[s.identity(r)]++
	if id, ok := eventOf(r); ok {
		s.events[id] = struct{}{}
	}
}

// has says that all of the records are there, and none could have been written for another envelope.
func (s *seen) has(out []kgo.Record) bool {
	there := s.counter()
	for i := range out {
		if !there(&out[i]) || ingest.Alike(out[i].Value) {
			return false
		}
	}
	return len(out) > 0
}

// counter returns a function that says whether a record of one envelope is there. An envelope may hold the same twice, as a span: the second one
// is there when there are two.
func (s *seen) counter() (there func(r *kgo.Record) bool) {
	asked := map[digest]uint32{}
	return func(r *kgo.Record) bool {
		id := s.identity(r)
		asked[id]++
		return s.outputs[id] >= asked[id]
	}
}

// rest takes out of the records of one envelope what is there already. again says that something of it is written a second time all the
// same: another envelope may have caused the very same message, or its form has changed since.
func (s *seen) rest(source string, out []kgo.Record) (left []kgo.Record, again bool) {
	left = out[:0]
	there := s.counter()
	for _, r := range out {
		switch {
		case !there(&r):
			if event, ok := eventOf(&r); ok {
				_, ok = s.events[event]
				again = again || ok
			}
		case ingest.Alike(r.Value):
			again = true
		case r.Topic == s.names.Parked && source != s.names.Raw: // there it may be from the first time that it was parked
			again = true
		default:
			continue
		}
		left = append(left, r)
	}
	return left, again
}

// parked says that the record with a receipt was parked.
func (s *seen) parked(receipt raw.ReceiptID) bool {
	return s.outputs[digestOf(s.names.Parked, receipt[:])] > 0
}

// counted says that an outcome message counts a tally of the record at an offset.
func (s *seen) counted(input string, source uint32, offset int64, t *outcome.Tally, from string) bool {
	return within(s.tallies[billed{source, tallySum(input, t), statement(t, from)}], offset)
}

// reported says that an upstream is told the outcomes of the record at an offset.
func (s *seen) reported(source uint32, offset int64, t *outcome.Tally) bool {
	return within(s.reports[route{source, t.Scope.Key, t.Scope.Project}], offset)
}

func within(list [][2]int64, offset int64) bool {
	return slices.ContainsFunc(list, func(r [2]int64) bool { return r[0] <= offset && offset <= r[1] })
}

// knows says that all of the topics to which records go were read.
func (s *seen) knows(out []kgo.Record) bool {
	return !slices.ContainsFunc(out, func(r kgo.Record) bool { return s.unknown[r.Topic] })
}

// statement is an outcome message without its quantity.
func statement(t *outcome.Tally, source string) string {
	one := *t
	one.Quantity, one.Reason = 0, outcome.Reason(told(t.Reason)) // what can be read back
	return string(outcome.AppendMessage(nil, one, source))
}

// identity of a record: its bytes, or the record that it stands for where it also holds a time of processing.
func (s *seen) identity(r *kgo.Record) digest {
	switch r.Topic {
	case s.names.DeadLetters:
		if l, err := deadletter.Decode(r.Value); err == nil {
			var b [20]byte
			binary.BigEndian.PutUint32(b[:], uint32(l.Partition))
			binary.BigEndian.PutUint64(b[4:], uint64(l.Offset))
			binary.BigEndian.PutUint64(b[12:], uint64(int64(l.Unit)))
			return digestOf(r.Topic, []byte(l.Topic), b[:])
		}
	case s.names.Parked, s.names.Forward:
		if receipt := rawrecord.Decode(r).Receipt; !receipt.IsNil() {
			return digestOf(r.Topic, receipt[:])
		}
	}
	parts := make([][]byte, 0, 8)
	parts = append(parts, r.Key, r.Value)
	for _, h := range r.Headers {
		parts = append(parts, []byte(h.Key), h.Value)
	}
	return digestOf(r.Topic, parts...)
}

// eventOf identifies the event that a record holds.
func eventOf(r *kgo.Record) (id digest, ok bool) {
	start, ok := ingest.StartOfEvent(r.Value)
	if !ok {
		return id, false
	}
	return digestOf(r.Topic, r.Key, binary.BigEndian.AppendUint64(nil, uint64(start))), true
}

func digestOf(topic string, parts ...[]byte) (d digest) {
	h := sha256.New()
	size := binary.BigEndian.AppendUint64(nil, uint64(len(topic)))
	h.Write(append(size, topic...))
	for _, p := range parts {
		h.Write(binary.BigEndian.AppendUint64(size[:0], uint64(len(p))))
		h.Write(p)
	}
	copy(d[:], h.Sum(nil))
	return d
}
