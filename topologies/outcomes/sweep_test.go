package outcomes_test

import (
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/ledger"
	"weir/codecs/outcome"
	"weir/codecs/topic"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafkatest"
	"weir/topologies/outcomes"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Rows of projects go when their hour is older than the retention, at the start of a process; those that are younger, and the totals, stay,
// and what comes for an hour that is gone is counted from then on.
func TestRetention(t *testing.T) {
	const key = dsn.PublicKey("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	names, groups := topic.NamesIn("t-"), topic.GroupsIn("t-")
	cluster := kafkatest.Cluster(t, 4, names.Ledger, names.OutcomesTable)
	now := time.Now()
	hour := ledger.HourOf(now.Unix())
	source := ledger.Source{Topic: names.Raw, Partition: 3}
	cl := kafkatest.Client(t, cluster, (producer.Config{}).Options()...)
	offset := int64(0)
	write := func(hours ...int64) {
		var b ledger.Builder
		for _, h := range hours {
			e := ledger.Effect{Items: ledger.Items{Received: 1, Accepted: 1}, Counts: []ledger.Count{{Category: outcome.Error, ID: outcome.Accepted, Quantity: 1}}}
			b.Add(source, offset, key, h, e)
			b.Add(source, offset, ledger.TotalsKey, int64(source.Partition), e)
			offset++
		}
		for _, r := range b.Records() {
			kafkatest.Produce(t, cl, &kgo.Record{Topic: names.Ledger, Key: r.RecordKey(), Value: r.AppendTo(nil)})
		}
	}
	start := func() (*outcomes.View, func()) {
		v := outcomes.NewView(cluster, names.OutcomesTable, kafkatest.Log(t))
		g, err := outcomes.New(outcomes.Config{Cluster: cluster, Names: names, Group: groups.Outcomes, View: v, Retention: 24 * time.Hour,
			Clock: func() time.Time { return now }, Log: kafkatest.Log(t)})
		if err != nil {
			t.Fatal(err)
		}
		stopView, stop := kafkatest.Start(t, v.Run), kafkatest.Start(t, g.Run)
		return v, func() {
			for _, f := range []func() error{stop, stopView} {
				if err := f(); err != nil {
					t.Error(err)
				}
			}
		}
	}
	rows := func(v *outcomes.View) map[int64]uint64 {
		m := map[int64]uint64{}
		v.Each(func(k outcomes.Key, r *outcomes.Row) bool {
			if k.Project == key {
				m[hour-k.Hour] = r.Live.Items.Accepted
			}
			return true
		})
		return m
	}
	write(hour-1000, hour-26, hour-25, hour-24, hour, hour, hour+5)
	v, stop := start()
	kafkatest.Eventually(t, "everything is counted", func() bool { return v.Totals().Items.Accepted == 7 })
	stop()
	v, stop = start()
	kafkatest.Eventually(t, "old rows are gone", func() bool { return len(rows(v)) == 4 })
	if got := rows(v); got[25] != 1 || got[24] != 1 || got[0] != 2 || got[-5] != 1 {
		t.Errorf("rows by age in hours: %v", got)
	}
	if p := v.Totals(); p.Items.Accepted != 7 || p.Repeated != 0 {
		t.Errorf("totals %+v", p)
	}
	write(hour-1000, hour)
	kafkatest.Eventually(t, "late records are counted", func() bool { return rows(v)[1000] == 1 && rows(v)[0] == 3 })
	if p := v.Totals(); p.Items.Accepted != 9 || p.Repeated != 0 {
		t.Errorf("totals %+v", p)
	}
	stop()
	v, _ = start()
	kafkatest.Eventually(t, "they go at the next start", func() bool { return len(rows(v)) == 4 && rows(v)[0] == 3 })
}
