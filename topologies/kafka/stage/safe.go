package stage

import (
	"weir/topologies/kafka/session"

	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Safe is the only callback shape that cannot lose a message: the commit is deferred first, the
// message ends through done alone, exactly once, from any goroutine. done(nil) means every effect of
// the message is durable; done(err) stops the processor and the message is delivered again. f must
// not call ctx.Fail (it returns and commits while the processor is stopping), ctx.Lookup (returns
// nil while stopping) or ctx.Emit of a value that may fail to encode, and must not keep ctx.
func Safe(f func(ctx goka.Context, msg any, done func(error))) goka.ProcessCallback {
	return func(ctx goka.Context, msg any) { f(ctx, msg, ctx.DeferCommit()) }
}

// Source returns the record of a message that a callback was given with the codec Bytes. Where the group is not one of weir's, which keep the
// record until the message is done, it is made of what goka tells; goka loses the order of headers.
func Source(ctx goka.Context, msg any) *kgo.Record {
	topic := string(ctx.Topic())
	if r := session.Record(ctx.Context(), topic, ctx.Partition(), ctx.Offset()); r != nil {
		return r
	}
	value, _ := msg.([]byte)
	r := &kgo.Record{Topic: topic, Partition: ctx.Partition(), Offset: ctx.Offset(), Timestamp: ctx.Timestamp(), Key: []byte(ctx.Key()), Value: value}
	for k, v := range ctx.Headers() {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: k, Value: v})
	}
	return r
}

// Bytes is a goka codec that keeps values as they are and never fails.
type Bytes struct{}

// Encode implements goka.Codec; v must be a []byte.
func (Bytes) Encode(v any) ([]byte, error) { return v.([]byte), nil }

// Decode implements goka.Codec.
func (Bytes) Decode(b []byte) (any, error) { return b, nil }
