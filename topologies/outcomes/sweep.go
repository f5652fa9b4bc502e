package outcomes

import (
	"context"
	"time"

	"weir/codecs/ledger"
	"weir/topologies/kafka/producer"

	"github.com/twmb/franz-go/pkg/kgo"
)

// sweep removes rows that are older than Retention, every hour, by ledger records without a value: only the owner of a
// partition can delete its rows.
func (g *Group) sweep(ctx context.Context) {
	if g.cfg.View.WaitReady(ctx) != nil {
		return
	}
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		g.expire(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (g *Group) expire(ctx context.Context) {
	oldest := g.cfg.Clock().Add(-g.cfg.Retention).Unix()/3600 - 1
	var recs []*kgo.Record
	g.cfg.View.Each(func(key Key, _ *Row) bool {
		if key.Project != ledger.TotalsKey && key.Hour < oldest {
			recs = append(recs, &kgo.Record{Topic: g.cfg.Names.Ledger, Key: key.record(), Value: []byte{}})
		}
		return true
	})
	if len(recs) == 0 {
		return
	}
	p, err := producer.New(g.cfg.Cluster, g.cfg.Producer)
	if err == nil {
		err = p.Sync(ctx, recs...)
		_ = p.Close(ctx)
	}
	if err != nil && ctx.Err() == nil {
		g.cfg.Log.Warn("remove old rows of the outcomes table", "rows", len(recs), "error", err)
	}
}
