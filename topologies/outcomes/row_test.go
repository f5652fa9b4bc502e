package outcomes

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"weir/codecs/dsn"
	"weir/codecs/ledger"
	"weir/codecs/outcome"
	"weir/codecs/topic"
	"weir/topologies/kafka/lag"
)

const key = dsn.PublicKey("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")

// effect is what becomes of an offset, the same every time.
func effect(offset int64) ledger.Effect {
	switch offset % 4 {
	case 0:
		return ledger.Effect{Parked: true}
	case 1:
		return ledger.Effect{Items: ledger.Items{Received: 2, Dead: 2}, Dead: true}
	}
	return ledger.Effect{Items: ledger.Items{Received: 2, Accepted: 1, Discarded: 1}, Counts: []ledger.Count{
		{Category: outcome.Error, ID: outcome.Accepted, Quantity: 1},
		{Category: outcome.Error, ID: outcome.Filtered, Reason: outcome.Reason(fmt.Sprint("r", offset%3)), Quantity: 1}}}
}

func records(from, to int64, replay string) []ledger.Record {
	b := ledger.Builder{Replay: replay}
	for o := from; o < to; o++ {
		b.Add(ledger.Source{Topic: "weir-raw", Partition: 3}, o, key, 1, effect(o))
	}
	return b.Records()
}

// Whatever is repeated after crashes, with other batch bounds, every offset is counted once.
func TestRepetitionIsCountedOnce(t *testing.T) {
	once := &Row{}
	for _, r := range records(0, 1000, "") {
		once.Apply(&r)
	}
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		row, repeated := &Row{}, uint64(0)
		for next := int64(0); next < 1000; {
			from := max(0, next-rnd.Int64N(50))
			to := min(1000, from+1+rnd.Int64N(100))
			repeated += uint64(min(next, to) - from)
			for _, r := range records(from, to, "") {
				b, err := ledger.Decode(r.AppendTo(nil))
				if err != nil {
					t.Fatal(err)
				}
				row.Apply(b)
			}
			next = max(next, to)
		}
		if row.Live.Repeated != repeated {
			t.Errorf("seed %d: %d repeated, want %d", seed, row.Live.Repeated, repeated)
		}
		row.Live.Repeated = 0
		if !reflect.DeepEqual(row, once) {
			t.Fatalf("seed %d: %+v, want %+v", seed, row.Live, once.Live)
		}
	}
	if a := once.Live.Sources[ledger.Source{Topic: "weir-raw", Partition: 3}]; a != (Applied{999, 1000, 250}) || once.Live.Dead != 250 {
		t.Errorf("%+v dead %d", a, once.Live.Dead)
	}
}

// A ledger record that comes again because this group crashed says nothing about the pipeline; one that is written again does.
func TestOwnRepetitionIsNoDuplicate(t *testing.T) {
	row := &Row{}
	for _, offset := range []int64{5, 6, 5, 6, 7} { // three records on the ledger; the first two are read twice
		for _, r := range records(0, 10, "") {
			row.ApplyAt(offset, &r)
		}
		b, err := row.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if row, err = DecodeRow(b); err != nil {
			t.Fatal(err)
		}
	}
	if row.Live.Repeated != 20 {
		t.Errorf("%d repeated, want 20", row.Live.Repeated)
	}
}

func TestReplaysAreKeptApart(t *testing.T) {
	row := &Row{}
	for _, id := range []string{"", "a", "b", "a"} {
		for _, r := range records(0, 10, id) {
			row.Apply(&r)
		}
	}
	if len(row.Replays) != 2 || row.Live.Repeated != 0 || row.Replays["a"].Repeated != 10 || !reflect.DeepEqual(row.Live, *row.Replays["b"]) {
		t.Errorf("%+v", row)
	}
	for i := range 100 {
		r := records(0, 1, fmt.Sprintf("c%03d", i))[0]
		row.Apply(&r)
	}
	if len(row.Replays) != maxReplays {
		t.Errorf("%d replays", len(row.Replays))
	}
}

// A client that makes up reasons cannot make a row grow for ever.
func TestReasonsAreBounded(t *testing.T) {
	row := &Row{}
	for i := range int64(3000) {
		b := ledger.Builder{}
		b.Add(ledger.Source{Topic: "raw"}, i, key, 1, ledger.Effect{Counts: []ledger.Count{
			{Category: outcome.Error, ID: outcome.ClientDiscard, Reason: outcome.Reason(fmt.Sprint(i)), Quantity: 2}}})
		row.Apply(&b.Records()[0])
	}
	sum := uint64(0)
	for _, c := range row.Live.Counts {
		sum += c.Quantity
	}
	if n := len(row.Live.Counts); n > maxCounts+1 || sum != 6000 {
		t.Errorf("%d counts, sum %d", n, sum)
	}
}

// Reasons of the greatest length that are escaped in JSON, in live traffic and in every replay: the row still fits a record.
func TestRowsFitRecords(t *testing.T) {
	row := &Row{}
	for run := range maxReplays + 10 {
		for i := range int64(400) {
			b := ledger.Builder{}
			if run > 0 {
				b.Replay = fmt.Sprintf("run%03d", run)
			}
			b.Add(ledger.Source{Topic: "raw"}, i, key, 1, ledger.Effect{Counts: []ledger.Count{
				{Category: outcome.Error, ID: outcome.ClientDiscard, Reason: outcome.Reason(fmt.Sprintf("%04d%s", i, strings.Repeat("\x01", 196))), Quantity: 1}}})
			row.Apply(&b.Records()[0])
		}
	}
	value, err := row.Encode()
	if err != nil || len(value) > 1<<20 {
		t.Errorf("%d bytes, %v", len(value), err)
	}
	again, err := DecodeRow(value)
	if err != nil || !reflect.DeepEqual(again, row) {
		t.Errorf("it is read differently: %v", err)
	}
}

func TestRowRoundTrip(t *testing.T) {
	row := &Row{}
	for _, id := range []string{"", "run"} {
		for _, r := range records(5, 50, id) {
			row.Apply(&r)
		}
	}
	b, err := row.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeRow(b)
	if err != nil || !reflect.DeepEqual(got, row) {
		t.Errorf("%v\n%+v\n%+v", err, got, row)
	}
	for _, bad := range []string{``, `{}`, `{"v":2}`, `{"v":1,"live":{"sources":{"x":[1,2,3]}}}`, `{"v":1,"live":{"sources":{"x/1":[1,-2,3]}}}`} {
		if _, err := DecodeRow([]byte(bad)); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

func FuzzDecodeRow(f *testing.F) {
	f.Add([]byte(`{"v":1,"live":{"items":[2,1,1,0],"counts":[{"c":1,"o":1,"r":"x","n":1}],"sources":{"raw/1":[9,10,0]}},"replays":{"a":{"items":[0,0,0,0]}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		row, err := DecodeRow(b)
		if err != nil {
			return
		}
		if _, err := row.Encode(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSum(t *testing.T) {
	names := topic.NamesIn("w-")
	src := func(topic string) ledger.Source { return ledger.Source{Topic: topic} }
	totals := Part{Items: ledger.Items{Received: 10, Accepted: 7, Discarded: 2, Dead: 1}, Repeated: 2, Sources: map[ledger.Source]Applied{
		src(names.Raw): {Last: 89, Envelopes: 90, Parked: 30}, src(names.Released): {Last: 27, Envelopes: 28, Parked: 3}}}
	at := []lag.Partition{{Topic: names.Raw, End: 100, Lag: 10}, {Topic: names.Parked, Lag: 5}, {Topic: names.Ledger, Lag: 4}}
	s := Sum(totals, at, names)
	if s.Envelopes != (Envelopes{Received: 100, Finished: 85, Parked: 5, InFlight: 10, Waiting: 5, Duplicates: 2}) || s.Settled || s.LedgerLag != 4 || s.Items.Difference != 0 {
		t.Errorf("%+v", s)
	}
	// parking released three twice
	totals.Sources[src(names.Released)] = Applied{Last: 35, Envelopes: 36, Parked: 0}
	at = []lag.Partition{{Topic: names.Raw, End: 90}}
	if s = Sum(totals, at, names); s.Envelopes.Difference != 0 || s.Envelopes.Duplicates != 2+6 || !s.Settled {
		t.Errorf("%+v", s)
	}
}

// What was deleted before it was processed is lost, whether it lies before what is there or was passed by; what is still there is not.
func TestLost(t *testing.T) {
	names := topic.NamesIn("w-")
	for _, c := range []struct {
		name             string
		applied          Applied
		at               lag.Partition
		lost, difference int64
	}{
		{"nothing", Applied{Last: 9, Envelopes: 10}, lag.Partition{Start: 5, End: 10, Committed: 10}, 0, 0},
		{"not reached yet", Applied{Last: 9, Envelopes: 10}, lag.Partition{Start: 15, End: 20, Committed: 10, Lag: 5}, 5, 0},
		{"passed by", Applied{Last: 19, Envelopes: 15}, lag.Partition{Start: 15, End: 20, Committed: 20}, 5, 0},
		{"passed by, more to come", Applied{Last: 17, Envelopes: 13}, lag.Partition{Start: 15, End: 20, Committed: 18, Lag: 2}, 5, 0},
		{"both", Applied{Last: 19, Envelopes: 15}, lag.Partition{Start: 30, End: 31, Committed: 20, Lag: 1}, 15, 0},
		{"never begun", Applied{}, lag.Partition{Start: 7, End: 9, Committed: 7, Lag: 2, Fresh: true}, 7, 0},
		{"begun and forgotten by the group", Applied{Last: 6, Envelopes: 7}, lag.Partition{Start: 7, End: 9, Committed: 7, Lag: 2, Fresh: true}, 0, 0},
		{"still there", Applied{Last: 19, Envelopes: 15}, lag.Partition{Start: 0, End: 20, Committed: 20}, 0, 5},
		{"not counted yet", Applied{Last: 9, Envelopes: 10}, lag.Partition{Start: 15, End: 20, Committed: 15, Lag: 5}, 0, 5},
	} {
		c.at.Topic = names.Raw
		totals := Part{Sources: map[ledger.Source]Applied{{Topic: names.Raw}: c.applied}}
		if e := Sum(totals, []lag.Partition{c.at}, names).Envelopes; e.Lost != c.lost || e.Difference != c.difference {
			t.Errorf("%s: %+v, want %d lost and a difference of %d", c.name, e, c.lost, c.difference)
		}
	}
}

func BenchmarkApply(b *testing.B) {
	row := &Row{}
	rec := records(0, 256, "")[0]
	b.ReportAllocs()
	for b.Loop() {
		row.Apply(&rec)
		v, err := row.Encode()
		if err != nil {
			b.Fatal(err)
		}
		if row, err = DecodeRow(v); err != nil {
			b.Fatal(err)
		}
	}
}
