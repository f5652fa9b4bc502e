package ledger

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/jsontext"
	"weir/codecs/outcome"
	"weir/codecs/raw"
)

// recordVersion is the version of the form: one line of compact JSON,
//
//	{"v":1,"key":K,"hour":H,"topic":T,"partition":P,"replay":ID,"entries":[
//	  {"o":[first,n,gap,n,…],"i":[received,accepted,discarded,dead],"parked":1,"dead":1,"unchecked":N,"sought":1,"repeated":1,
//	   "c":[[category,id,reason,quantity],…],"l":[[offset,receipt,unit,reason],…]},…]}
//
// where "o" alternates the distance from the end of the previous range (for the first: the offset) and the number of further offsets in the
// range, and members that are zero or empty are left out.
const recordVersion = 1

// AppendTo appends the value of the record on the ledger topic.
func (r *Record) AppendTo(dst []byte) []byte {
	dst = jsontext.AppendString(append(dst, `{"v":1,"key":`...), string(r.Project))
	dst = strconv.AppendInt(append(dst, `,"hour":`...), r.Hour, 10)
	dst = jsontext.AppendString(append(dst, `,"topic":`...), r.Source.Topic)
	dst = strconv.AppendInt(append(dst, `,"partition":`...), int64(r.Source.Partition), 10)
	if r.Replay != "" {
		dst = jsontext.AppendString(append(dst, `,"replay":`...), r.Replay)
	}
	dst = append(dst, `,"entries":[`...)
	for i := range r.Entries {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.Entries[i].appendTo(dst)
	}
	return append(dst, `]}`...)
}

func (e *Entry) appendTo(dst []byte) []byte {
	dst = append(dst, `{"o":[`...)
	end := int64(0)
	for i, o := range e.Offsets {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, o[0]-end, 10)
		dst = strconv.AppendInt(append(dst, ','), o[1]-o[0], 10)
		end = o[1]
	}
	dst = append(dst, ']')
	if i := e.Items; i != (Items{}) {
		dst = strconv.AppendUint(append(dst, `,"i":[`...), i.Received, 10)
		for _, n := range [...]uint64{i.Accepted, i.Discarded, i.Dead} {
			dst = strconv.AppendUint(append(dst, ','), n, 10)
		}
		dst = append(dst, ']')
	}
	dst = appendNumber(dst, "parked", e.Parked)
	dst = appendNumber(dst, "dead", e.Dead)
	dst = appendNumber(dst, "unchecked", e.Unchecked)
	dst = appendNumber(dst, "sought", e.Sought)
	dst = appendNumber(dst, "repeated", e.Repeated)
	for i, c := range e.Counts {
		dst = append(dst, separator(i, `,"c":[[`)...)
		dst = strconv.AppendInt(dst, int64(c.Category), 10)
		dst = strconv.AppendUint(append(dst, ','), uint64(c.ID), 10)
		dst = jsontext.AppendString(append(dst, ','), string(c.Reason))
		dst = strconv.AppendUint(append(dst, ','), c.Quantity, 10)
		dst = closeList(append(dst, ']'), i, len(e.Counts))
	}
	for i, l := range e.Limited {
		dst = append(dst, separator(i, `,"l":[[`)...)
		dst = strconv.AppendInt(dst, l.Offset, 10)
		dst = append(envelope.EventID(l.Receipt).Append(append(dst, `,"`...)), '"')
		dst = strconv.AppendInt(append(dst, ','), int64(l.Unit), 10)
		dst = jsontext.AppendString(append(dst, ','), string(l.Reason))
		dst = closeList(append(dst, ']'), i, len(e.Limited))
	}
	return append(dst, '}')
}

func appendNumber(dst []byte, name string, n uint64) []byte {
	if n == 0 {
		return dst
	}
	dst = append(append(append(dst, `,"`...), name...), `":`...)
	return strconv.AppendUint(dst, n, 10)
}

func separator(i int, first string) string {
	if i == 0 {
		return first
	}
	return ",["
}

func closeList(dst []byte, i, n int) []byte {
	if i == n-1 {
		return append(dst, ']')
	}
	return dst
}

// Decode reads the value of a record on the ledger topic. Unknown members are ignored; records that could not have been made by a Builder
// (ranges out of order, no offsets) are errors.
func Decode(b []byte) (*Record, error) {
	r := &Record{}
	d := decoder{}
	d.object(b, func(key string, raw []byte) {
		switch key {
		case "v":
			if d.uint(raw) != recordVersion {
				d.fail(errors.New("unknown version"))
			}
		case "key":
			var err error
			if r.Project, err = parseKey(d.text(raw)); err != nil {
				d.fail(err)
			}
		case "hour":
			r.Hour = d.int(raw)
		case "topic":
			r.Source.Topic = d.text(raw)
		case "partition":
			n := d.int(raw)
			if n < 0 || n > math.MaxInt32 {
				d.fail(errors.New("partition out of range"))
			}
			r.Source.Partition = int32(n)
		case "replay":
			r.Replay = d.text(raw)
		case "entries":
			d.array(raw, func(raw []byte) { r.Entries = append(r.Entries, d.entry(raw)) })
		}
	})
	if d.err == nil && r.Project == "" {
		d.fail(dsn.ErrPublicKey)
	}
	if d.err != nil {
		return nil, fmt.Errorf("decode ledger record: %w", d.err)
	}
	return r, nil
}

func (d *decoder) entry(b []byte) Entry {
	e := Entry{Envelopes: 1}
	d.object(b, func(key string, value []byte) {
		switch key {
		case "o":
			e.Offsets = d.offsets(value)
		case "i":
			n := d.uints(value, 4)
			e.Items = Items{n[0], n[1], n[2], n[3]}
		case "parked":
			e.Parked = d.uint(value)
		case "dead":
			e.Dead = d.uint(value)
		case "unchecked":
			e.Unchecked = d.uint(value)
		case "sought":
			e.Sought = d.uint(value)
		case "repeated":
			e.Repeated = d.uint(value)
		case "c":
			d.array(value, func(b []byte) {
				f := d.fields(b, 4)
				category, id := d.int(f[0]), d.uint(f[1])
				if category < -1 || category > math.MaxInt8 || id > math.MaxUint8 {
					d.fail(errors.New("count out of range"))
				}
				e.Counts = append(e.Counts, Count{outcome.Category(category), outcome.ID(id), outcome.Reason(d.text(f[2])), d.uint(f[3])})
			})
		case "l":
			d.array(value, func(b []byte) {
				f := d.fields(b, 4)
				receipt, err := raw.ParseReceipt(d.text(f[1]))
				if err != nil {
					d.fail(err)
				}
				unit := d.int(f[2])
				if unit < 0 || unit > math.MaxInt32 {
					d.fail(errors.New("unit out of range"))
				}
				e.Limited = append(e.Limited, Limited{d.int(f[0]), receipt, int(unit), outcome.Reason(d.text(f[3]))})
			})
		}
	})
	if len(e.Offsets) == 0 {
		d.fail(errors.New("entry without offsets"))
	}
	return e
}
