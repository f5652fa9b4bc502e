package past_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"weir/topologies/kafka/client"
	"weir/topologies/kafka/past"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

var noon = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

func minute(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

func span(t *testing.T, cluster client.Config, topic string, from, to time.Time) past.Span {
	t.Helper()
	s, err := past.Offsets(t.Context(), cluster, topic, from, to)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func all(t *testing.T, cluster client.Config, s past.Span) (text string) {
	t.Helper()
	if err := s.Read(t.Context(), cluster, func(recs []*kgo.Record) error {
		for _, r := range recs {
			text += string(r.Value)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	return text
}

// check reads ten records, a minute apart.
func check(t *testing.T, cluster client.Config, ns string) {
	topic := ns + "t"
	kafkatest.Topics(t, cluster, 1, topic)
	cl := kafkatest.Client(t, cluster)
	for i := range 10 {
		kafkatest.Produce(t, cl, &kgo.Record{Topic: topic, Value: fmt.Append(nil, i), Timestamp: minute(i)})
	}
	for _, c := range []struct {
		from, to time.Time
		want     string
	}{
		{time.Time{}, time.Time{}, "0123456789"}, {minute(3), time.Time{}, "3456789"}, {time.Time{}, minute(2), "01"}, {time.UnixMilli(-1), minute(2), "01"}, {time.UnixMilli(-9), time.UnixMilli(-3), ""}, {minute(3), minute(5).Add(time.Second), "345"},
		{minute(50), time.Time{}, ""}, {minute(-9), minute(-5), ""},
	} {
		s := span(t, cluster, topic, c.from, c.to)
		if got := all(t, cluster, s); got != c.want || s.Records() != int64(len(c.want)) || s.Partitions != 1 {
			t.Errorf("%s to %s: %q of %d, want %q", c.from, c.to, got, s.Records(), c.want)
		}
	}
	enough := errors.New("enough")
	whole := span(t, cluster, topic, time.Time{}, time.Time{})
	if err := whole.Read(t.Context(), cluster, func([]*kgo.Record) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("the error of the callback: %v", err)
	}
	if one, none, both := whole.Only(0), whole.Only(1), whole.Only(0, 1, 0); len(one.Parts) != 1 || len(none.Parts) != 0 || len(both.Parts) != 1 || one.Partitions != 1 {
		t.Errorf("%+v, %+v, %+v", one, none, both)
	}

	// An open transaction is not waited for.
	tx := kafkatest.Client(t, cluster, kgo.DefaultProduceTopic(topic), kgo.TransactionalID(ns+"x"))
	if err := tx.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	kafkatest.Produce(t, tx, kgo.StringRecord("x"))
	if got := all(t, cluster, span(t, cluster, topic, minute(8), time.Time{})); got != "89" {
		t.Errorf("with an open transaction: %q", got)
	}
	if err := tx.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
	if got := all(t, cluster, span(t, cluster, topic, minute(8), time.Time{})); got != "89" {
		t.Errorf("with an aborted transaction: %q", got)
	}

	// What is deleted meanwhile is passed over.
	for _, c := range []struct {
		at   int64
		want string
	}{{4, "456789"}, {10, ""}} {
		os := kadm.Offsets{}
		os.Add(kadm.Offset{Topic: topic, At: c.at})
		if _, err := kadm.NewClient(cl).DeleteRecords(t.Context(), os); err != nil {
			t.Fatal(err)
		}
		if got := all(t, cluster, whole); got != c.want {
			t.Errorf("after deleting to %d: %q, want %q", c.at, got, c.want)
		}
	}
}

func TestSpan(t *testing.T) { check(t, kafkatest.Cluster(t, 1), "") }

func TestRealSpan(t *testing.T) {
	if cluster, ns, ok := kafkatest.Real(t); ok {
		check(t, cluster, ns)
	}
}
