package outcomes

import (
	"context"
	"log/slog"

	"weir/codecs/dsn"
	"weir/codecs/ledger"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/view"
)

// Key names a row: a project key and the hour of the receive time, in hours since 1970. For ledger.TotalsKey, Hour is a
// source partition.
type Key struct {
	Project dsn.PublicKey
	Hour    int64
}

func (k Key) record() []byte {
	return (&ledger.Record{Project: k.Project, Hour: k.Hour}).RecordKey()
}

// View is a decoded copy of the table. All methods are safe for concurrent use; rows are read only.
type View struct{ rows *view.View[*keyed] }

type keyed struct {
	Key
	row *Row
}

// NewView returns a view of the table; Run fills it.
func NewView(cluster client.Config, table string, log *slog.Logger) *View {
	return &View{view.New(cluster, view.Config[*keyed]{Topic: table,
		Decode: func(key, value []byte) (*keyed, bool) {
			project, hour, err := ledger.ParseRecordKey(string(key))
			var row *Row
			if err == nil {
				row, err = DecodeRow(value)
			}
			if err != nil {
				log.Error("a row of the outcomes table cannot be read", "key", string(key), "error", err)
				return nil, false
			}
			return &keyed{Key{project, hour}, row}, true
		},
		Report: func(err error) { log.Warn("outcomes view", "error", err) }})}
}

// Run keeps the view up to date until ctx ends.
func (v *View) Run(ctx context.Context) error { return v.rows.Run(ctx) }

// WaitReady waits until everything that was in the table when Run started can be seen.
func (v *View) WaitReady(ctx context.Context) error { return v.rows.WaitReady(ctx) }

// Each calls f for every row until it returns false, in no order.
func (v *View) Each(f func(key Key, row *Row) bool) {
	v.rows.Range(func(_ string, k *keyed) bool { return f(k.Key, k.row) })
}

// Totals returns the sum over everything that was ever counted, without replays.
func (v *View) Totals() Part {
	return v.sum(func(k Key) bool { return k.Project == ledger.TotalsKey })
}

// Project returns the sum over the hours [from, to) of one key, without replays.
func (v *View) Project(key dsn.PublicKey, from, to int64) Part {
	return v.sum(func(k Key) bool { return k.Project == key && k.Hour >= from && k.Hour < to })
}

func (v *View) sum(pick func(Key) bool) (p Part) {
	v.Each(func(key Key, row *Row) bool {
		if pick(key) {
			p.Add(&row.Live)
		}
		return true
	})
	return p
}
