package records

import (
	"errors"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/nel"
	"weir/codecs/otlp"
	"weir/codecs/outcome"
	"weir/codecs/record"
	"weir/codecs/vercel"
	"weir/processors"
)

// integration opens what an endpoint for another protocol made one item of (items 15).
func (o *opener) integration(it *processors.Item) {
	d := event.New()
	it.Doc = d
	random := func(index int) [16]byte { return o.u.Receipt.Derive(it.Index<<20+index, "trace_id") }
	var list []*event.Value
	var err error
	switch it.ContentType {
	case envelope.IntegrationOTLPLogsJSON:
		list, err = otlp.Logs(otlp.Context{Doc: d, Now: o.u.ReceivedAt, Random: random}, otlp.JSON, it.Payload)
	case envelope.IntegrationOTLPLogsProtobuf:
		list, err = otlp.Logs(otlp.Context{Doc: d, Now: o.u.ReceivedAt, Random: random}, otlp.Protobuf, it.Payload)
	case envelope.IntegrationOTLPSpansJSON:
		list, err = otlp.Spans(otlp.Context{Doc: d, Now: o.u.ReceivedAt, Random: random}, otlp.JSON, it.Payload)
	case envelope.IntegrationOTLPSpansProtobuf:
		list, err = otlp.Spans(otlp.Context{Doc: d, Now: o.u.ReceivedAt, Random: random}, otlp.Protobuf, it.Payload)
	case envelope.IntegrationNEL:
		it.Settings = record.Settings{InferAgent: true}
		list, err = nel.Logs(nel.Context{Doc: d, Received: o.u.ReceivedAt, Random: random, Host: o.cfg.Host}, it.Payload)
	case envelope.IntegrationVercelArray:
		list, err = vercel.List(vercel.Context{Doc: d, Random: random}, it.Payload)
	case envelope.IntegrationVercelLines:
		list, err = vercel.Lines(vercel.Context{Doc: d, Random: random}, it.Payload)
	default:
		err = errUnknown
	}
	o.relay = true
	switch {
	case errors.Is(err, otlp.ErrProto):
		o.u.Drop(it, outcome.Invalid, ReasonProto)
	case err != nil:
		o.u.Drop(it, outcome.Invalid, ReasonJSON)
	default:
		o.derive(it, d, len(list), func(i int) (*event.Value, uint64) { return list[i], 0 })
	}
}

var errUnknown = errors.New("unknown integration")
