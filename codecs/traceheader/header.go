package traceheader

import (
	"math"
	"strconv"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/jsontext"
)

// Header is a trace header. Texts that are absent are nil.
type Header struct {
	TraceID     envelope.EventID
	PublicKey   string // of the project that the trace began in; not checked
	Release     *string
	Environment *string
	Transaction *string
	UserID      *string
	UserSegment *string
	SampleRate  *float64 // of the client, at least 0
	Sampled     *bool
	ReplayID    envelope.EventID // nil: none
}

// Parse reads a header. ok is false when there is none or when it does not have the form of items 18.1: it then counts as absent.
func Parse(raw []byte) (h *Header, ok bool) {
	if len(raw) == 0 {
		return nil, false
	}
	h = &Header{}
	var segment *string
	r := jsontext.NewReader(raw, 0)
	if !r.Object() {
		return nil, false
	}
	for r.More() {
		key := string(r.Key())
		value := r.Value()
		if value == nil || !h.set(key, value, &segment) {
			return nil, false
		}
	}
	if r.Err() != nil || h.TraceID.IsNil() && !h.hasID(raw) || h.PublicKey == "" {
		return nil, false
	}
	if h.Transaction == nil {
		h.Transaction = segment
	}
	return h, true
}

// hasID tells a nil trace id from an absent one.
func (h *Header) hasID(raw []byte) bool {
	r := jsontext.NewReader(raw, 0)
	for ok := r.Object(); ok && r.More(); {
		if key := string(r.Key()); key == "trace_id" {
			return !jsontext.IsNull(r.Value())
		}
		r.Value()
	}
	return false
}

// set stores a member; false: its value makes the header unusable.
func (h *Header) set(key string, value []byte, segment **string) bool {
	if key == "user" {
		return h.user(value)
	}
	if jsontext.IsNull(value) {
		return true
	}
	switch key {
	case "trace_id":
		text, isText := jsontext.String(value)
		id, err := envelope.ParseEventID(text)
		h.TraceID = id
		return isText && err == nil
	case "public_key":
		var isText bool
		h.PublicKey, isText = jsontext.String(value)
		return isText
	case "release":
		return textInto(&h.Release, value)
	case "environment":
		return textInto(&h.Environment, value)
	case "transaction":
		return textInto(&h.Transaction, value)
	case "segment_name":
		return textInto(segment, value)
	case "user_id":
		return textInto(&h.UserID, value)
	case "user_segment":
		return textInto(&h.UserSegment, value)
	case "sample_rate":
		return h.rate(value)
	case "sampled":
		return h.sampled(value)
	case "replay_id":
		text, _ := jsontext.String(value)
		h.ReplayID, _ = envelope.ParseEventID(text) // anything else counts as none
	}
	return true
}

func textInto(dst **string, value []byte) bool {
	text, ok := jsontext.String(value)
	*dst = &text
	return ok
}

// user reads the older nested form; the members beside it win.
func (h *Header) user(value []byte) bool {
	r := jsontext.NewReader(value, 0)
	if !r.Object() {
		return true
	}
	for r.More() {
		key := string(r.Key())
		inner := r.Value()
		if inner == nil {
			return false
		}
		var dst **string
		switch key {
		case "id":
			dst = &h.UserID
		case "segment":
			dst = &h.UserSegment
		}
		if dst != nil && *dst == nil && !jsontext.IsNull(inner) && !textInto(dst, inner) {
			return false
		}
	}
	return r.Err() == nil
}

func (h *Header) rate(value []byte) bool {
	text, isText := jsontext.String(value)
	if !isText {
		text = string(value)
	}
	f, err := strconv.ParseFloat(text, 64)
	h.SampleRate = &f
	return err == nil && f >= 0 && !math.IsInf(f, 0)
}

func (h *Header) sampled(value []byte) bool {
	b, ok := jsontext.Bool(value)
	if text, isText := jsontext.String(value); isText {
		b, ok = text == "true", text == "true" || text == "false"
	}
	h.Sampled = &b
	return ok
}

// SamplingKey is the public key of a trace header when its project's config is needed beside that of own: a well-formed key other than own
// (pipeline 1 step 3). ok is false otherwise; keys that cannot exist are never asked for.
func SamplingKey(raw []byte, own dsn.PublicKey) (key dsn.PublicKey, ok bool) {
	if len(raw) == 0 {
		return "", false
	}
	h, ok := Parse(raw)
	if !ok || h.PublicKey == string(own) {
		return "", false
	}
	key, err := dsn.ParsePublicKey(h.PublicKey)
	return key, err == nil
}
