package rawrecord

import (
	"github.com/twmb/franz-go/pkg/kgo"

	"weir/codecs/deadletter"
	"weir/codecs/raw"
)

// Decode reads a record. It is total: one that cannot be read becomes a raw.Record whose Err says why.
func Decode(r *kgo.Record) *raw.Record { return raw.Decode(r.Key, r.Value, Headers(r)) }

// Headers are the headers of a record as codecs know them; nil for none.
func Headers(r *kgo.Record) []raw.Header {
	if len(r.Headers) == 0 {
		return nil
	}
	hs := make([]raw.Header, len(r.Headers))
	for i, h := range r.Headers {
		hs[i] = raw.Header(h)
	}
	return hs
}

// Encode makes the record for a topic. The value is the body of rec, not a copy of it.
func Encode(topic string, rec *raw.Record) kgo.Record {
	key, value, headers := raw.Encode(rec)
	out := kgo.Record{Topic: topic, Key: key, Value: value, Headers: make([]kgo.RecordHeader, len(headers))}
	for i, h := range headers {
		out.Headers[i] = kgo.RecordHeader(h)
	}
	return out
}

// DeadLetter makes the record of a dead letter, of at most max bytes of key and value: a larger one goes without the original record, whose
// place it still tells.
func DeadLetter(topic string, max int, l deadletter.Letter) kgo.Record {
	key, value := deadletter.Encode(&l)
	if len(key)+len(value) > max {
		l.Value, l.Detail = nil, "too large to be kept here, see the original record. "+l.Detail
		key, value = deadletter.Encode(&l)
	}
	return kgo.Record{Topic: topic, Key: key, Value: value}
}
