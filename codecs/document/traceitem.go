package document

import (
	"encoding/binary"
	"math"
	"strconv"

	"weir/codecs/event"
	"weir/codecs/jsontext"
)

// itemTypes are the types of trace items by the number in their protobuf.
var itemTypes = map[uint64]string{3: "log", 8: "trace_metric", 10: "trace_attachment", 12: "user_session"}

// openTraceItem rewrites a TraceItem (pipeline 13.4).
func openTraceItem(dst, b []byte) (kind string, item []byte, err error) {
	dst = append(dst, '{')
	attributes := append(make([]byte, 0, len(b)), '{')
	p := proto{b: b, ok: true}
	for p.next() {
		switch p.field {
		case 3:
			dst = jsontext.AppendString(member(dst, "trace_id"), string(p.bytes))
		case 4:
			dst = appendBase64(member(dst, "item_id"), p.bytes)
		case 5:
			kind = itemTypes[p.n]
		case 6:
			dst = appendInstant(member(dst, "timestamp"), p.bytes)
		case 7:
			var key, value []byte
			e := proto{b: p.bytes, ok: true}
			for e.next() {
				if e.field == 1 {
					key = e.bytes
				} else {
					value = e.bytes
				}
			}
			attributes = appendAny(member(attributes, string(key)), value)
		case 8:
			dst = appendDouble(member(dst, "client_sample_rate"), p.n)
		case 9:
			dst = appendDouble(member(dst, "server_sample_rate"), p.n)
		case 100:
			dst = number(member(dst, "retention_days"), p.n)
		case 102:
			dst = number(member(dst, "downsampled_retention_days"), p.n)
		}
	}
	if !p.ok || kind == "" {
		return "", nil, ErrMessage
	}
	dst = append(member(dst, "attributes"), append(attributes, '}')...)
	return kind, append(dst, '}'), nil
}

// member appends the key of an object's next member.
func member(dst []byte, key string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(jsontext.AppendString(dst, key), ':')
}

func appendDouble(dst []byte, bits uint64) []byte {
	f := math.Float64frombits(bits)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	return event.AppendFloat(dst, f)
}

// appendInstant writes a timestamp as nanoseconds since 1970.
func appendInstant(dst, b []byte) []byte {
	var nanos int64
	p := proto{b: b, ok: true}
	for p.next() {
		if p.field == 1 {
			nanos += int64(p.n) * 1e9
		} else {
			nanos += int64(p.n)
		}
	}
	return strconv.AppendInt(dst, nanos, 10)
}

// appendAny writes an AnyValue.
func appendAny(dst, b []byte) []byte {
	start := len(dst)
	p := proto{b: b, ok: true}
	for p.next() {
		dst = dst[:start] // of several values the last counts
		switch p.field {
		case 1:
			dst = jsontext.AppendString(dst, string(p.bytes))
		case 2:
			dst = strconv.AppendBool(dst, p.n != 0)
		case 3:
			dst = strconv.AppendInt(dst, int64(p.n), 10)
		case 4:
			dst = appendDouble(dst, p.n)
		case 5:
			dst = append(dst, '[')
			for a, first := (proto{b: p.bytes, ok: true}), true; a.next(); first = false {
				if !first {
					dst = append(dst, ',')
				}
				dst = appendAny(dst, a.bytes)
			}
			dst = append(dst, ']')
		case 7:
			dst = appendBase64(dst, p.bytes)
		}
	}
	if len(dst) == start {
		return append(dst, "null"...)
	}
	return dst
}

// proto walks over the fields of a protobuf message.
type proto struct {
	b     []byte
	ok    bool
	field int
	n     uint64 // numbers, and the bits of doubles
	bytes []byte
}

// next reads one field; false: the end, or a fault (ok is false then).
func (p *proto) next() bool {
	if !p.ok || len(p.b) == 0 {
		return false
	}
	tag := p.varint()
	p.field = int(tag >> 3)
	switch tag & 7 {
	case 0:
		p.n = p.varint()
	case 1:
		if p.ok = p.ok && len(p.b) >= 8; p.ok {
			p.n, p.b = binary.LittleEndian.Uint64(p.b), p.b[8:]
		}
	case 2:
		size := p.varint()
		if p.ok = p.ok && size <= uint64(len(p.b)); p.ok {
			p.bytes, p.b = p.b[:size], p.b[size:]
		}
	default:
		p.ok = false
	}
	return p.ok
}

func (p *proto) varint() uint64 {
	v, n := binary.Uvarint(p.b)
	if n <= 0 {
		p.ok = false
		return 0
	}
	p.b = p.b[n:]
	return v
}
