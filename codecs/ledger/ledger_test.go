package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"weir/codecs/dsn"
	"weir/codecs/ledger"
	"weir/codecs/outcome"
	"weir/codecs/raw"
)

const key dsn.PublicKey = "e12d836b15bb49d7bbf99e64295d995b"

var source = ledger.Source{Topic: "weir-raw", Partition: 3}

func accepted() ledger.Effect {
	return ledger.Effect{Items: ledger.Items{Received: 1, Accepted: 1}, Counts: []ledger.Count{{Category: outcome.Error, ID: outcome.Accepted, Quantity: 1}}}
}

func limited(n byte) ledger.Effect {
	return ledger.Effect{
		Items:  ledger.Items{Received: 2, Discarded: 2},
		Counts: []ledger.Count{{outcome.AttachmentItem, outcome.RateLimited, "get_lost", 1}, {outcome.Error, outcome.RateLimited, "get_lost", 1}, {outcome.Attachment, outcome.RateLimited, "get_lost", 0}, {outcome.Error, outcome.RateLimited, "get_lost", 1}},
		Limited: []ledger.Limited{
			{Receipt: raw.ReceiptID{15: n}, Unit: 0, Reason: "get_lost"},
		},
	}
}

func build() []ledger.Record {
	var b ledger.Builder
	b.Add(source, 10, key, 500, accepted())
	b.Add(source, 11, key, 500, accepted())
	b.Add(source, 12, key, 500, limited(1))
	b.Add(source, 13, key, 501, accepted())
	b.Add(source, 14, key, 500, accepted())
	b.Add(source, 15, key, 500, limited(2))
	b.Add(source, 16, key, 500, ledger.Effect{Parked: true})
	b.Add(source, 17, key, 500, ledger.Effect{Dead: true, Unchecked: 2, Items: ledger.Items{Received: 1, Dead: 1}})
	return b.Records()
}

const form = `{"v":1,"key":"e12d836b15bb49d7bbf99e64295d995b","hour":500,"topic":"weir-raw","partition":3,"entries":[` +
	`{"o":[10,1,3,0],"i":[1,1,0,0],"c":[[1,0,"",1]]},` +
	`{"o":[12,0,3,0],"i":[2,0,2,0],"c":[[1,2,"get_lost",2],[22,2,"get_lost",1]],"l":[[12,"00000000000000000000000000000001",0,"get_lost"],[15,"00000000000000000000000000000002",0,"get_lost"]]},` +
	`{"o":[16,0],"parked":1},{"o":[17,0],"i":[1,0,0,1],"dead":1,"unchecked":2}]}`

func TestForm(t *testing.T) {
	records := build()
	if len(records) != 2 || records[1].Hour != 501 {
		t.Fatalf("%+v", records)
	}
	if got := string(records[0].AppendTo(nil)); got != form {
		t.Errorf("%s\nwant %s", got, form)
	}
	if got := string(records[0].RecordKey()); got != string(key)+":500" {
		t.Error(got)
	}
	for i := range records {
		got, err := ledger.Decode(records[i].AppendTo(nil))
		if err != nil || !reflect.DeepEqual(got, &records[i]) {
			t.Errorf("%+v, %v\nwant %+v", got, err, records[i])
		}
	}
}

func TestApply(t *testing.T) {
	r := &build()[0]
	all := ledger.Apply(r, -1)
	want := ledger.Sum{
		Envelopes: 7, Items: ledger.Items{Received: 8, Accepted: 3, Discarded: 4, Dead: 1}, Parked: 1, Dead: 1, Unchecked: 2, Last: 17,
		Counts:  []ledger.Count{{outcome.Error, outcome.Accepted, "", 3}, {outcome.Error, outcome.RateLimited, "get_lost", 4}, {outcome.AttachmentItem, outcome.RateLimited, "get_lost", 2}},
		Limited: []ledger.Limited{{12, raw.ReceiptID{15: 1}, 0, "get_lost"}, {15, raw.ReceiptID{15: 2}, 0, "get_lost"}},
	}
	if !reflect.DeepEqual(all, want) {
		t.Errorf("%+v\nwant %+v", all, want)
	}
	rest := ledger.Apply(r, 12)
	want = ledger.Sum{
		Envelopes: 4, Items: ledger.Items{Received: 4, Accepted: 1, Discarded: 2, Dead: 1}, Parked: 1, Dead: 1, Unchecked: 2, Last: 17, Repeated: 3,
		Counts:  []ledger.Count{{outcome.Error, outcome.Accepted, "", 1}, {outcome.Error, outcome.RateLimited, "get_lost", 2}, {outcome.AttachmentItem, outcome.RateLimited, "get_lost", 1}},
		Limited: []ledger.Limited{{15, raw.ReceiptID{15: 2}, 0, "get_lost"}},
	}
	if !reflect.DeepEqual(rest, want) {
		t.Errorf("%+v\nwant %+v", rest, want)
	}
	if none := ledger.Apply(r, 17); !reflect.DeepEqual(none, ledger.Sum{Last: 17, Repeated: 7}) {
		t.Errorf("%+v", none)
	}
}

// An offset that was sought is repeated where it says so, whatever was applied before.
func TestSought(t *testing.T) {
	var b ledger.Builder
	for offset := range int64(10) {
		e := accepted()
		e.Sought, e.Repeated = offset >= 2, offset >= 7
		b.Add(source, offset, key, 1, e)
	}
	r := b.Records()[0]
	again, err := ledger.Decode(r.AppendTo(nil))
	if err != nil || !reflect.DeepEqual(again, &r) {
		t.Errorf("%+v, %v\nwant %+v", again, err, r)
	}
	for last, want := range map[int64]uint64{-1: 3, 1: 5, 4: 5, 9: 5} {
		if s := ledger.Apply(again, last); s.Repeated != want || s.Envelopes != uint64(9-last) {
			t.Errorf("after %d: %d repeated of %d, want %d", last, s.Repeated, s.Envelopes, want)
		}
	}
}

// TestExactUnderRepetition cuts a stream of envelopes into batches, repeats some as after a crash, with other cuts, and applies the records.
func TestExactUnderRepetition(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		const n = 300
		effects, keys := make([]ledger.Effect, n), make([]dsn.PublicKey, n)
		want := map[string]uint64{}
		for i := range effects {
			keys[i] = dsn.PublicKey(fmt.Sprintf("%032d", rnd.IntN(3)))
			if effects[i] = accepted(); rnd.IntN(3) == 0 {
				effects[i] = limited(byte(i))
			}
			for _, c := range effects[i].Counts {
				want[fmt.Sprint(keys[i], c.Category, c.ID)] += c.Quantity
			}
		}
		got, last := map[string]uint64{}, map[dsn.PublicKey]int64{}
		envelopes := uint64(0)
		for start := 0; start < n; {
			end := min(n, start+1+rnd.IntN(40))
			var b ledger.Builder
			for i := start; i < end; i++ {
				b.Add(source, int64(i*2), keys[i], 7, effects[i])
			}
			for _, r := range b.Records() {
				if rnd.IntN(4) == 0 {
					continue // not written before the crash; the batch comes again below
				}
				apply(t, &r, last, got, &envelopes)
			}
			b = ledger.Builder{}
			again := min(n, start+1+rnd.IntN(50))
			for i := start; i < again; i++ {
				b.Add(source, int64(i*2), keys[i], 7, effects[i])
			}
			for _, r := range b.Records() {
				apply(t, &r, last, got, &envelopes)
			}
			start = again
		}
		for k, v := range want {
			if v == 0 {
				delete(want, k)
			}
		}
		if envelopes != n || !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: %d envelopes, %v, want %v", seed, envelopes, got, want)
		}
	}
}

func apply(t *testing.T, r *ledger.Record, last map[dsn.PublicKey]int64, got map[string]uint64, envelopes *uint64) {
	t.Helper()
	r, err := ledger.Decode(r.AppendTo(nil))
	if err != nil {
		t.Fatal(err)
	}
	from, ok := last[r.Project]
	if !ok {
		from = -1
	}
	s := ledger.Apply(r, from)
	last[r.Project] = s.Last
	*envelopes += s.Envelopes
	for _, c := range s.Counts {
		got[fmt.Sprint(r.Project, c.Category, c.ID)] += c.Quantity
	}
}

func TestBuilder(t *testing.T) {
	b := ledger.Builder{Replay: "r1"}
	other := ledger.Source{Topic: "weir-released"}
	for _, offset := range []int64{5, 3, 4, 9, 3} { // out of order and twice
		b.Add(other, offset, key, 1, limited(byte(offset)))
	}
	b.Add(source, 1, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1, ledger.Effect{})
	records := b.Records()
	if len(records) != 2 || records[0].Source != source || records[1].Replay != "r1" {
		t.Fatalf("%+v", records)
	}
	e := records[1].Entries[0]
	if !reflect.DeepEqual(e.Offsets, [][2]int64{{3, 5}, {9, 9}}) || len(e.Limited) != 4 {
		t.Errorf("%+v", e)
	}
	if got := b.Records(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// TestSplit checks that large records come in parts that hold whole stretches of offsets, in order.
func TestSplit(t *testing.T) {
	var b ledger.Builder
	const n = 6000
	for i := range int64(n) {
		e := limited(byte(i))
		e.Limited[0].Reason = outcome.Reason(strings.Repeat("r", 200))
		if i%2 == 0 {
			e.Items.Received++
		}
		b.Add(source, i, key, 1, e)
	}
	records := b.Records()
	if len(records) < 3 {
		t.Fatalf("%d records", len(records))
	}
	last, sum := int64(-1), uint64(0)
	for i := range records {
		if size := len(records[i].AppendTo(nil)); size > ledger.MaxRecordBytes {
			t.Errorf("record %d has %d bytes", i, size)
		}
		s := ledger.Apply(&records[i], last)
		if s.Repeated != 0 {
			t.Errorf("record %d repeats %d offsets", i, s.Repeated)
		}
		sum += uint64(len(s.Limited))
		last = s.Last
	}
	if sum != n || last != n-1 {
		t.Errorf("%d offsets up to %d", sum, last)
	}
}

func TestDecodeErrors(t *testing.T) {
	head := `{"v":1,"key":"` + string(key) + `","hour":1,"topic":"t","partition":0,"entries":[`
	if _, err := ledger.Decode([]byte(head + `]}`)); err != nil {
		t.Error(err)
	}
	for _, s := range []string{
		``, `{}`, `[]`, `{"v":2,"key":"` + string(key) + `"}`, `{"v":1,"key":"short"}`, head + `]}x`, head + `{}]}`, head + `{"o":[]}]}`, head + `{"o":[1]}]}`, head + `{"o":[-1,0]}]}`, head + `{"o":[1,-1]}]}`,
		head + `{"o":[1,0,0,0]}]}`, head + `{"o":[9223372036854775807,1]}]}`, head + `{"o":[1,0],"i":[1,2,3]}]}`, head + `{"o":[1,0],"c":[[1,0,"",-1]]}]}`, head + `{"o":[1,0],"c":[[200,0,"",1]]}]}`,
		head + `{"o":[1,0],"c":[[1,300,"",1]]}]}`, head + `{"o":[1,0],"l":[[1,"x",0,""]]}]}`, head + `{"o":[1,0],"l":[[1,"00000000000000000000000000000001",-1,""]]}]}`, head + `{"o":[1,0],"parked":"x"}]}`,
	} {
		if r, err := ledger.Decode([]byte(s)); err == nil {
			t.Errorf("%s: %+v", s, r)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(form))
	f.Add([]byte(`{"v":1,"key":"` + string(key) + `","replay":"r\n","entries":[{"o":[0,9223372036854775806]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ledger.Decode(b)
		if err != nil {
			return
		}
		again, err := ledger.Decode(r.AppendTo(nil))
		if err != nil || !reflect.DeepEqual(again, r) {
			t.Fatalf("%+v becomes %+v, %v", r, again, err)
		}
		all := ledger.Apply(r, -1)
		known := uint64(0) // repeated whatever was applied
		for i := range r.Entries {
			if e := &r.Entries[i]; e.Sought != 0 || e.Repeated != 0 {
				known++
			}
		}
		if rest := ledger.Apply(r, all.Last); rest.Envelopes != 0 || known == 0 && rest.Repeated != all.Envelopes {
			t.Fatalf("%+v after %+v", rest, all)
		}
	})
}

// BenchmarkBuilder measures what a batch of 1,000 accepted events of one project pays per event.
func BenchmarkBuilder(b *testing.B) {
	var builder ledger.Builder
	offset := int64(0)
	e := accepted()
	b.ReportAllocs()
	for b.Loop() {
		builder.Add(source, offset, key, 1, e)
		if offset++; offset%1000 == 0 {
			builder.Records()
		}
	}
}
