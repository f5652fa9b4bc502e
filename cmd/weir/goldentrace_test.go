package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"
)

var errProto = errors.New("no protobuf of a trace item")

// protoField is one field of a protobuf message.
type protoField struct {
	number int
	varint uint64 // also fixed 64-bit values
	bytes  []byte
}

func protoFields(b []byte) ([]protoField, error) {
	var list []protoField
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, errProto
		}
		b = b[n:]
		f := protoField{number: int(tag >> 3)}
		switch tag & 7 {
		case 0:
			f.varint, n = binary.Uvarint(b)
		case 1:
			if n = 8; len(b) >= 8 {
				f.varint = binary.LittleEndian.Uint64(b)
			}
		case 2:
			size, m := binary.Uvarint(b)
			if m <= 0 || uint64(len(b)-m) < size {
				return nil, errProto
			}
			n = m + int(size)
			f.bytes = b[m:n]
		default:
			return nil, errProto
		}
		if n <= 0 || n > len(b) {
			return nil, errProto
		}
		b = b[n:]
		list = append(list, f)
	}
	return list, nil
}

// openTraceItem reads a TraceItem in the JSON form of protobuf.
func openTraceItem(b []byte) (any, error) {
	fields, err := protoFields(b)
	if err != nil {
		return nil, err
	}
	out, attributes := map[string]any{}, map[string]any{}
	for _, f := range fields {
		switch f.number {
		case 1:
			out["organizationId"] = fmt.Sprint(f.varint)
		case 2:
			out["projectId"] = fmt.Sprint(f.varint)
		case 3:
			out["traceId"] = string(f.bytes)
		case 4:
			out["itemId"] = base64.StdEncoding.EncodeToString(f.bytes)
		case 5:
			names := map[uint64]string{3: "TRACE_ITEM_TYPE_LOG", 8: "TRACE_ITEM_TYPE_METRIC", 10: "TRACE_ITEM_TYPE_ATTACHMENT", 12: "TRACE_ITEM_TYPE_USER_SESSION"}
			out["itemType"] = names[f.varint]
		case 6:
			out["timestamp"] = protoTime(f.bytes)
		case 7:
			entry, err := protoFields(f.bytes)
			if err != nil {
				return nil, err
			}
			var key string
			var value any
			for _, e := range entry {
				if e.number == 1 {
					key = string(e.bytes)
				} else if value, err = anyValue(e.bytes); err != nil {
					return nil, err
				}
			}
			attributes[key] = value
		case 8:
			out["clientSampleRate"] = protoDouble(f.varint)
		case 9:
			out["serverSampleRate"] = protoDouble(f.varint)
		case 100:
			out["retentionDays"] = json.Number(fmt.Sprint(f.varint))
		case 101:
			out["received"] = protoTime(f.bytes)
		case 102:
			out["downsampledRetentionDays"] = json.Number(fmt.Sprint(f.varint))
		case 110:
			if out["outcomes"], err = protoOutcomes(f.bytes); err != nil {
				return nil, err
			}
		}
	}
	out["attributes"] = attributes
	return out, nil
}

func protoDouble(bits uint64) json.Number {
	return json.Number(fmt.Sprint(math.Float64frombits(bits)))
}

func protoTime(b []byte) string {
	fields, _ := protoFields(b)
	var seconds, nanos int64
	for _, f := range fields {
		if f.number == 1 {
			seconds = int64(f.varint)
		} else {
			nanos = int64(f.varint)
		}
	}
	t := time.Unix(seconds, nanos).UTC()
	switch {
	case nanos == 0:
		return t.Format("2006-01-02T15:04:05Z")
	case nanos%1_000_000 == 0:
		return t.Format("2006-01-02T15:04:05.000Z")
	case nanos%1_000 == 0:
		return t.Format("2006-01-02T15:04:05.000000Z")
	}
	return t.Format("2006-01-02T15:04:05.000000000Z")
}

func protoOutcomes(b []byte) (any, error) {
	fields, err := protoFields(b)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	var counts []any
	for _, f := range fields {
		if f.number == 2 {
			out["keyId"] = fmt.Sprint(f.varint)
			continue
		}
		entry, err := protoFields(f.bytes)
		if err != nil {
			return nil, err
		}
		count := map[string]any{}
		for _, e := range entry {
			if e.number == 1 {
				count["dataCategory"] = json.Number(fmt.Sprint(e.varint))
			} else {
				count["quantity"] = fmt.Sprint(e.varint)
			}
		}
		counts = append(counts, count)
	}
	out["categoryCount"] = counts
	return out, nil
}

// anyValue reads an attribute's value.
func anyValue(b []byte) (any, error) {
	fields, err := protoFields(b)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for _, f := range fields {
		switch f.number {
		case 1:
			out["stringValue"] = string(f.bytes)
		case 2:
			out["boolValue"] = f.varint != 0
		case 3:
			out["intValue"] = fmt.Sprint(int64(f.varint))
		case 4:
			out["doubleValue"] = protoDouble(f.varint)
		case 5:
			members, err := protoFields(f.bytes)
			if err != nil {
				return nil, err
			}
			var list []any
			for _, m := range members {
				v, err := anyValue(m.bytes)
				if err != nil {
					return nil, err
				}
				list = append(list, v)
			}
			array := map[string]any{}
			if list != nil {
				array["values"] = list
			}
			out["arrayValue"] = array
		}
	}
	return out, nil
}
