package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"weir/codecs/raw"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/stage"

	"github.com/twmb/franz-go/pkg/kgo"
)

// write sends the outputs of one item now and waits for them. What fails is written again until ctx ends; what is refused turns the
// outputs of the item into a dead letter, which goes the usual way.
func (b *batch) write(ctx context.Context, it *stage.Item[*raw.Record]) error {
	type ack struct {
		r   *kgo.Record
		err error
	}
	left := make([]*kgo.Record, len(it.Out))
	for i := range it.Out {
		left[i] = &it.Out[i]
	}
	it.Out = nil
	var refused error
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		acks := make(chan ack, len(left))
		for _, r := range left {
			b.out.Produce(producer.Until(ctx, ctx), r, func(_ *kgo.Record, err error) { acks <- ack{r, err} })
		}
		var failed []*kgo.Record
		var errs error
		for range left {
			a := <-acks
			var verdict *producer.Refused
			switch {
			case a.err == nil:
			case errors.As(a.err, &verdict):
				refused = a.err
			default:
				failed, errs = append(failed, a.r), a.err
			}
		}
		if len(failed) == 0 {
			break
		}
		b.cfg.Log.Warn("write the outputs of a large envelope, trying again", "receipt", it.Msg.Receipt, "records", len(failed), "error", errs)
		if errors.Is(errs, kgo.ErrClientClosed) {
			return fmt.Errorf("write the outputs of a large envelope: %w", errs)
		}
		left = failed
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return fmt.Errorf("write the outputs of a large envelope: %w", errs)
		}
	}
	if refused != nil {
		it.Out = b.refused(it, 1, refused)
	}
	return nil
}
