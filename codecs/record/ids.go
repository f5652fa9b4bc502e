package record

import (
	"weir/codecs/envelope"
	"weir/codecs/event"
)

// NewTraceID is a trace id given as bytes; one that is missing or none is replaced by random, with a remark.
func NewTraceID(d *event.Doc, id []byte, random [16]byte) *event.Value {
	if len(id) == 16 && [16]byte(id) != [16]byte{} {
		return d.NewString(d.Intern(envelope.EventID(id).Append(nil)))
	}
	rule := "trace_id.invalid"
	if len(id) == 0 {
		rule = "trace_id.missing"
	}
	v := d.NewString(d.Intern(envelope.NewEventID(random).Append(nil)))
	d.AddRemark(v, event.Remark{Rule: rule, Type: 's'})
	return v
}

// NewSpanID is a span id given as text, null with an error if it is none.
func NewSpanID(d *event.Doc, id string) *event.Value {
	v := d.NewString(id)
	if !IsSpanID(id) {
		v.SetNull()
		d.AddError(v, event.InvalidData, "not a valid span id")
		return v
	}
	readSpanID(d, v, nil)
	return v
}
