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
	TraceID     envelope.EventID // never nil
	PublicKey   dsn.PublicKey    // of the project that the trace began in
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
	if r.Err() != nil || h.TraceID.IsNil() || h.PublicKey == "" {
		return nil, false
	}
	if h.Transaction == nil {
		h.Transaction = segment
	}
	return h, true
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
		return isText && err == nil && !id.IsNil()
	case "public_key":
		text, isText := jsontext.String(value)
		key, err := dsn.ParsePublicKey(text)
		h.PublicKey = key
		return isText && err == nil
	case "release":
		return textInto(&h.Release, value)
	case "environment":
		return textInto(&h.Environment, value)
	case "transaction":
		return textInto(&h.Transaction, value)
	case "segment_name":
		return textInto(segment, value)
	case "user_id":
		return someInto(&h.UserID, value)
	case "user_segment":
		return someInto(&h.UserSegment, value)
	case "sample_rate":
		return h.rate(value)
	case "sampled":
		return h.sampled(value)
	case "replay_id":
		text, isText := jsontext.String(value)
		id, err := envelope.ParseEventID(text)
		h.ReplayID = id
		return isText && err == nil
	}
	return true
}

func textInto(dst **string, value []byte) bool {
	text, ok := jsontext.String(value)
	*dst = &text
	return ok
}

// someInto is textInto where an empty text is none.
func someInto(dst **string, value []byte) bool {
	text, ok := jsontext.String(value)
	if *dst = nil; text != "" {
		*dst = &text
	}
	return ok
}

// user reads the older nested form; the members beside it win. An empty list is a user of whom nothing is known.
func (h *Header) user(value []byte) bool {
	r := jsontext.NewReader(value, 0)
	if !r.Object() {
		list := jsontext.NewReader(value, 0)
		return jsontext.IsNull(value) || list.Array() && !list.More() && list.Err() == nil
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
		if dst != nil && *dst == nil && !jsontext.IsNull(inner) && !someInto(dst, inner) {
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
	b := []byte(text)
	r := jsontext.NewReader(b, 0) // a text has to hold a number of JSON, too
	f, err := strconv.ParseFloat(string(r.Value()), 64)
	h.SampleRate = &f
	return err == nil && f >= 0 && !math.IsInf(f, 0) && jsontext.SkipSpace(b, r.Pos()) == len(b)
}

// sampled is true, false or the text of one; other texts say nothing.
func (h *Header) sampled(value []byte) bool {
	b, ok := jsontext.Bool(value)
	if text, isText := jsontext.String(value); isText {
		if text != "true" && text != "false" {
			return true
		}
		b, ok = text == "true", true
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
	if !ok || h.PublicKey == own {
		return "", false
	}
	return h.PublicKey, true
}
