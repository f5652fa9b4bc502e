package backtest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/processors/chain"
	"weir/topologies/kafka/past"
	"weir/topologies/kafkatest"
	"weir/topologies/rawrecord"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	keyA = dsn.PublicKey("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") // has a proposed config
	keyB = dsn.PublicKey("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb") // has none
	keyC = dsn.PublicKey("cccccccccccccccccccccccccccccccc") // has a proposed config, and none in force
)

var noon = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

func state(t testing.TB, key dsn.PublicKey) *project.State {
	t.Helper()
	s, err := project.Parse(fmt.Appendf(nil, `{"projectId":1,"organizationId":1,"publicKeys":[{"publicKey":%q}]}`, key))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// table knows two keys.
type table map[dsn.PublicKey]*project.State

func (table) Request(dsn.PublicKey)             { panic("nothing may be asked for") }
func (table) Scope(k dsn.PublicKey) dsn.Scoping { return dsn.Scoping{Key: k} }
func (table) Global() (*project.Global, bool)   { return project.DefaultGlobal(), true }
func (t table) Lookup(k dsn.PublicKey) (*project.State, project.Status) {
	if s := t[k]; s != nil {
		return s, project.Enabled
	}
	return nil, project.Pending
}

// blobs knows one body.
type blobs struct{ body string }

func (b blobs) Fetch(_ context.Context, m *raw.Manifest) ([]byte, func(), error) {
	if m.Length != len(b.body) {
		return nil, nil, errors.New("lost")
	}
	return []byte(b.body), func() {}, nil
}

// counting lets the first n envelopes pass, and notes in which order they come.
type counting struct {
	n    int
	seen []string
}

func (c *counting) Run(_ context.Context, in chain.Input) (res chain.Result) {
	if !in.Now.Equal(in.Record.ReceivedAt) || in.Quotas != chain.QuotaCount {
		panic("quotas count at the time of then")
	}
	c.seen = append(c.seen, string(in.Envelope.Items[0].Payload))
	t := outcome.Tally{Category: outcome.Error, Quantity: 1}
	if len(c.seen) > c.n {
		t.ID, t.Reason = outcome.RateLimited, "enough"
	}
	res.Ledger = []outcome.Tally{t}
	return res
}

func setup(t *testing.T) (Config, *kgo.Client) {
	t.Helper()
	cluster := kafkatest.Cluster(t, 3, "raw")
	return Config{Cluster: cluster, Raw: "raw", From: noon.Add(-time.Hour), To: noon.Add(time.Hour), Proposed: map[dsn.PublicKey]*project.State{keyA: state(t, keyA), keyC: state(t, keyC)},
		InForce: &counting{n: 1 << 20}, Then: &counting{n: 7}, Projects: table{keyA: state(t, keyA), keyB: state(t, keyB)}, Blobs: blobs{}, Log: kafkatest.Log(t)}, kafkatest.Client(t, cluster, kgo.RecordPartitioner(kgo.ManualPartitioner()))
}

// put writes a record to a partition, written and received at a time.
func put(t *testing.T, cl *kgo.Client, part, at int, change func(*raw.Record)) {
	t.Helper()
	received := noon.Add(time.Duration(at) * time.Second)
	rec := raw.Record{ReceivedAt: received, Key: keyA, Project: 1, Items: 1, Body: fmt.Appendf(nil, "{}\n{\"type\":\"event\"}\n%d\n", at)}
	binary.BigEndian.PutUint64(rec.Receipt[:], uint64(at+1))
	if change != nil {
		change(&rec)
	}
	out := rawrecord.Encode("raw", &rec)
	out.Partition, out.Timestamp = int32(part), received
	kafkatest.Produce(t, cl, &out)
}

// Both chains see the envelopes in the order in which they were received, whatever partition they are on.
func TestOrder(t *testing.T) {
	cfg, cl := setup(t)
	for at := 29; at >= 0; at-- {
		if at%3 != 2 {
			put(t, cl, at%3, 29-at, nil)
		}
	}
	for at := range 30 {
		if (29-at)%3 == 2 {
			put(t, cl, 2, at, nil)
		}
	}
	limited := 0
	var names []string
	report, err := Run(t.Context(), cfg, func(p *Pair) {
		names = append(names, string(p.Sent.Items[0].Payload))
		if p.InForce.Ledger[0].ID != outcome.Accepted {
			t.Error("the other quota was counted, too")
		}
		if p.Then.Ledger[0].ID == outcome.RateLimited {
			limited++
		}
	}, nil)
	want := make([]string, 30)
	for i := range want {
		want[i] = fmt.Sprint(i)
	}
	if err != nil || !report.Finished || report.Compared != 30 || limited != 23 || !report.First.Equal(noon) || !report.Last.Equal(noon.Add(29*time.Second)) {
		t.Errorf("%+v, %d limited, %v", report, limited, err)
	}
	for _, got := range [][]string{names, cfg.InForce.(*counting).seen, cfg.Then.(*counting).seen} {
		if !slices.Equal(got, want) {
			t.Errorf("%v", got)
		}
	}
}

// What cannot be compared is counted, and ends nothing.
func TestLeftOut(t *testing.T) {
	cfg, cl := setup(t)
	large := "{}\n{\"type\":\"event\"}\nlarge\n"
	cfg.Blobs, cfg.Types = blobs{large}, []string{"event"}
	manifest := func(n int) func(*raw.Record) {
		return func(r *raw.Record) {
			r.Body, r.Manifest = nil, &raw.Manifest{Length: n, Offsets: []int64{1}, SHA256: strings.Repeat("00", 32)}
		}
	}
	put(t, cl, 0, 0, nil)
	put(t, cl, 1, 1, func(r *raw.Record) { r.Key = keyB })
	put(t, cl, 2, 2, func(r *raw.Record) { r.Key = keyC })
	put(t, cl, 0, 3, func(r *raw.Record) { r.Body = []byte("no envelope") })
	put(t, cl, 1, 4, manifest(len(large)))
	put(t, cl, 2, 5, manifest(7))
	put(t, cl, 0, 6, func(r *raw.Record) { r.Body = []byte("{}\n{\"type\":\"session\"}\n{}\n") })
	kafkatest.Produce(t, cl, &kgo.Record{Topic: "raw", Partition: 1, Value: []byte("garbage"), Timestamp: noon.Add(7 * time.Second)})
	put(t, cl, 0, 8, nil)
	report, err := Run(t.Context(), cfg, func(*Pair) {}, nil)
	if want := []string{"0", "large", "8"}; err != nil || !slices.Equal(cfg.Then.(*counting).seen, want) {
		t.Errorf("%v, %v", cfg.Then.(*counting).seen, err)
	}
	if report.Records != 9 || report.Done != 9 || report.Compared != 3 || report.Skipped != 2 || report.Unknown != 1 || report.Broken != 3 || !report.Finished {
		t.Errorf("%+v", report)
	}
}

// A run ends at its maximum, and when it is interrupted.
func TestEnds(t *testing.T) {
	cfg, cl := setup(t)
	for at := range 20 {
		put(t, cl, at%3, at, nil)
	}
	cfg.Max = 5
	report, err := Run(t.Context(), cfg, func(*Pair) {}, nil)
	if err != nil || report.Compared != 5 || !report.Enough || !report.Finished {
		t.Errorf("%+v, %v", report, err)
	}
	cfg.Max = 0
	ctx, cancel := context.WithCancel(t.Context())
	report, err = Run(ctx, cfg, func(*Pair) { cancel() }, nil)
	if err != nil || report.Finished {
		t.Errorf("%+v, %v", report, err)
	}
	cfg.From, cfg.To = noon.Add(5*time.Second), noon.Add(10*time.Second)
	report, err = Run(t.Context(), cfg, func(*Pair) {}, nil)
	if err != nil || report.Compared != 5 || report.Records != 5 || !report.First.Equal(cfg.From) {
		t.Errorf("%+v, %v", report, err)
	}
	if cfg.To = cfg.From; cfg.Validate() == nil {
		t.Error("no time at all is a range")
	}
}

// Slices are shorter where records are large; what was read of one that is too large is neither compared nor counted.
func TestLargeSlices(t *testing.T) {
	cfg, cl := setup(t)
	var want []string
	for at := range 40 {
		put(t, cl, at%3, at/2, func(r *raw.Record) {
			r.Body = fmt.Appendf(nil, "{}\n{\"type\":\"event\"}\n%02d%0998d\n", at, 0)
			if at%8 == 7 {
				r.Key = keyB
			}
		})
		if at%8 != 7 {
			want = append(want, fmt.Sprintf("%02d", at/2))
		}
	}
	var got []string
	r := &run{cfg: cfg, bytes: 3000, progress: func(Report) {}, compare: func(p *Pair) { got = append(got, fmt.Sprintf("%02d", int(p.Record.ReceivedAt.Sub(noon)/time.Second))) }}
	if err := r.run(t.Context()); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if r.report.Records != 40 || r.report.Done != 40 || r.report.Compared != 35 || r.report.Skipped != 5 || r.report.Broken != 0 {
		t.Errorf("%+v", r.report)
	}
	if _, err := r.slice(t.Context(), past.Span{Topic: "raw", Partitions: 3, Parts: map[int32][2]int64{0: {0, 9}}}, 3000); !errors.Is(err, errLarge) {
		t.Errorf("nine records of a kilobyte within three: %v", err)
	}
}

// Within a slice the time of receiving gives the order, among slices that of writing; the first one and the last one are those that were received so.
func TestWrittenLate(t *testing.T) {
	cfg, cl := setup(t)
	for at := range 3 {
		put(t, cl, at, at, func(r *raw.Record) {
			r.Body = fmt.Appendf(nil, "{}\n{\"type\":\"event\"}\n%d%0999d\n", at, 0)
			if at == 2 {
				r.ReceivedAt = noon.Add(-10 * time.Second)
			}
		})
	}
	for bytes, want := range map[int64]string{sliceBytes: "201", 1500: "012"} {
		got := ""
		r := &run{cfg: cfg, bytes: bytes, progress: func(Report) {}, compare: func(p *Pair) { got += string(p.Sent.Items[0].Payload[:1]) }}
		err := r.run(t.Context())
		if err != nil || got != want || !r.report.First.Equal(noon.Add(-10*time.Second)) || !r.report.Last.Equal(noon.Add(time.Second)) {
			t.Errorf("slices of %d bytes: %s, want %s; %+v, %v", bytes, got, want, r.report, err)
		}
	}
}

// A range of time may be longer than a duration can say, and begin before there were computers.
func TestLongRange(t *testing.T) {
	cfg, cl := setup(t)
	put(t, cl, 0, 0, nil)
	put(t, cl, 1, 1, nil)
	cfg.From = time.Date(2, 1, 1, 0, 0, 0, 0, time.UTC)
	if report, err := Run(t.Context(), cfg, func(*Pair) {}, nil); err != nil || report.Compared != 2 || !report.Finished {
		t.Errorf("%+v, %v", report, err)
	}
}
