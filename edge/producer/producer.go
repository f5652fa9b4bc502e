package producer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"weir/codecs/raw"
	"weir/edge"
)

// overhead estimates what a record costs beside its value: headers, key, bookkeeping.
const overhead = 1 << 10

// Producer implements edge.Writer over one Kafka client.
type Producer struct {
	cfg    Config
	client *kgo.Client
	pace   *pacer
	used   atomic.Int64
	count  atomic.Int64 // records that wait for the broker
	closed atomic.Bool
	pool   sync.Pool // of *delivery
}

// New returns a writer. It does not connect yet.
func New(cfg Config) (*Producer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.defaults()
	client, err := kgo.NewClient(cfg.options()...)
	if err != nil {
		return nil, fmt.Errorf("producer: %w", err)
	}
	p := &Producer{cfg: cfg, client: client, pace: newPacer(client, cfg.Now)}
	p.pool.New = func() any {
		d := &delivery{p: p, done: make(chan error, 1), timer: time.NewTimer(cfg.AckTimeout)}
		d.timer.Stop()
		d.promise = d.finish
		return d
	}
	return p, nil
}

// Write implements edge.Writer.
func (p *Producer) Write(ctx context.Context, r *raw.Record) error {
	if p.cfg.Metrics == nil {
		return p.write(ctx, r)
	}
	start := p.cfg.Now()
	err := p.write(ctx, r)
	p.cfg.Metrics.ended(err, p.cfg.Now().Sub(start))
	return err
}

func (p *Producer) write(ctx context.Context, r *raw.Record) error {
	if p.cfg.ByKey {
		ordered := *r
		ordered.ByKey = true
		r = &ordered
	}
	switch {
	case p.closed.Load():
		return edge.ErrClosed
	case len(r.Body) > p.cfg.ChunkBytes:
		p.cfg.Metrics.chunked()
		return p.writeChunks(ctx, r)
	case p.cfg.Queued:
		return p.queue(ctx, r)
	}
	d := p.send(ctx, p.cfg.Topics.Raw, r)
	if d == nil {
		return edge.ErrFull
	}
	return p.wait(ctx, d)
}

// queue hands the record over and does not wait. The caller may use its body again, so this has a copy.
func (p *Producer) queue(ctx context.Context, r *raw.Record) error {
	own := *r
	own.Body = slices.Clone(r.Body)
	d := p.send(ctx, p.cfg.Topics.Raw, &own)
	if d == nil {
		return edge.ErrFull
	}
	d.abandoned = func(err error) {
		if err != nil {
			p.cfg.Log.Error("a queued envelope is lost", "receipt", own.Receipt, "error", err)
		}
	}
	d.leave()
	return nil
}

// Buffered returns the bytes that wait for the broker, and how many may.
func (p *Producer) Buffered() (bytes, limit int64) { return p.used.Load(), p.cfg.MaxBytes }

// Waiting returns how many records wait for the broker.
func (p *Producer) Waiting() int64 { return p.count.Load() }

// Room returns edge.ErrFull while the largest record would be refused.
func (p *Producer) Room() error {
	if p.used.Load()+int64(p.cfg.ChunkBytes)+overhead > p.cfg.MaxBytes {
		return edge.ErrFull
	}
	return nil
}

// Ping reports whether the cluster answers.
func (p *Producer) Ping(ctx context.Context) error { return p.client.Ping(ctx) }

// Close lets no more writes in, waits until what is under way has its answer or ctx ends, and disconnects.
func (p *Producer) Close(ctx context.Context) error {
	p.closed.Store(true)
	err := p.client.Flush(ctx)
	p.client.Close()
	if err != nil {
		return fmt.Errorf("producer: flush: %w", err)
	}
	return nil
}

// delivery is one record on its way. It is used again once both the broker's answer and its waiter are done with it.
type delivery struct {
	p         *Producer
	record    kgo.Record
	headers   []kgo.RecordHeader
	size      int64
	done      chan error // capacity 1
	timer     *time.Timer
	left      atomic.Bool // one of the two sides is done
	abandoned func(error)
	promise   func(*kgo.Record, error) // d.finish, bound once
}

// send hands a record to the client; nil means that the budget is used up.
func (p *Producer) send(ctx context.Context, topic string, r *raw.Record) *delivery {
	key, value, headers := raw.Encode(r)
	return p.produce(ctx, topic, key, value, headers)
}

func (p *Producer) produce(ctx context.Context, topic string, key, value []byte, headers []raw.Header) *delivery {
	size := int64(len(value) + overhead)
	if p.used.Add(size) > p.cfg.MaxBytes {
		p.used.Add(-size)
		return nil
	}
	p.count.Add(1)
	d := p.pool.Get().(*delivery)
	d.size, d.headers = size, d.headers[:0]
	for _, h := range headers {
		d.headers = append(d.headers, kgo.RecordHeader(h))
	}
	d.record = kgo.Record{Topic: topic, Key: key, Value: value, Headers: d.headers}
	p.client.TryProduce(ctx, &d.record, d.promise)
	p.pace.handed()
	return d
}

// finish is the broker's answer.
func (d *delivery) finish(_ *kgo.Record, err error) {
	d.p.used.Add(-d.size)
	d.p.count.Add(-1)
	d.done <- err
	d.leave()
}

// wait waits for the broker's answer; the error is a *edge.Late when there is none in time. Afterwards d must not be used.
func (p *Producer) wait(ctx context.Context, d *delivery) error {
	_, _, err := p.waitOffset(ctx, d, func(reason error) error {
		late := edge.NewLate(reason)
		d.abandoned = late.Answer
		return late
	})
	return err
}

// waitOffset also tells where the record is. With an open answer, the error is what open makes of the reason.
func (p *Producer) waitOffset(ctx context.Context, d *delivery, open func(reason error) error) (partition int32, offset int64, err error) {
	d.timer.Reset(p.cfg.AckTimeout)
	select {
	case err = <-d.done:
		partition, offset = d.record.Partition, d.record.Offset
	case <-d.timer.C:
		err = open(edge.ErrTimeout)
	case <-ctx.Done():
		err = open(ctx.Err())
	}
	d.timer.Stop()
	d.leave()
	if errors.Is(err, kgo.ErrRecordTimeout) {
		err = edge.ErrTimeout
	} else if errors.Is(err, kgo.ErrClientClosed) {
		err = edge.ErrClosed
	}
	return partition, offset, err
}

// leave is called by both sides; the second one cleans up.
func (d *delivery) leave() {
	if !d.left.Swap(true) {
		return
	}
	select {
	case err := <-d.done: // nobody was waiting
		if d.abandoned != nil {
			d.abandoned(err)
		}
	default:
	}
	clear(d.headers)
	d.abandoned, d.record = nil, kgo.Record{}
	d.left.Store(false)
	d.p.pool.Put(d)
}
