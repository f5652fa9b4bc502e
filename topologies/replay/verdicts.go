package replay

import (
	"context"
	"fmt"
	"time"

	"weir/codecs/ledger"
	"weir/codecs/outcome"
	"weir/codecs/raw"
	"weir/topologies/kafka/past"

	"github.com/twmb/franz-go/pkg/kgo"
)

// verdicts are the units that live traffic lost to rate limits, by receipt.
type verdicts map[raw.ReceiptID][]verdict

type verdict struct {
	unit   int
	reason outcome.Reason
}

// limited returns the function that chain.Input wants.
func (v verdicts) limited(receipt raw.ReceiptID) func(int) (outcome.Reason, bool) {
	list := v[receipt]
	if len(list) == 0 {
		return nil
	}
	return func(unit int) (outcome.Reason, bool) {
		for _, x := range list {
			if x.unit == unit {
				return x.reason, true
			}
		}
		return "", false
	}
}

// readVerdicts reads the ledger from the start of the time range on: what was received then was processed later. It takes memory
// in proportion to the rate limited units of the range, about 100 bytes each.
func readVerdicts(ctx context.Context, c *Config) (verdicts, error) {
	span, err := past.Offsets(ctx, c.Cluster, c.Names.Ledger, c.From, time.Time{})
	if err != nil {
		return nil, err
	}
	v := verdicts{}
	err = span.Read(ctx, c.Cluster, func(recs []*kgo.Record) error {
		for _, r := range recs {
			if len(r.Value) == 0 {
				continue
			}
			rec, err := ledger.Decode(r.Value)
			if err != nil {
				c.Log.Warn("a ledger record cannot be read", "partition", r.Partition, "offset", r.Offset, "error", err)
				continue
			}
			if rec.Replay != "" || rec.Project == ledger.TotalsKey || c.Key != "" && rec.Project != c.Key {
				continue
			}
			for i := range rec.Entries {
				for _, l := range rec.Entries[i].Limited {
					v.add(l)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the rate limit verdicts of the ledger: %w", err)
	}
	return v, nil
}

func (v verdicts) add(l ledger.Limited) {
	for _, x := range v[l.Receipt] {
		if x.unit == l.Unit {
			return
		}
	}
	v[l.Receipt] = append(v[l.Receipt], verdict{l.Unit, l.Reason})
}
