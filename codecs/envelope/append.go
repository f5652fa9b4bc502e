package envelope

import (
	"strconv"
	"time"

	"weir/codecs/jsontext"
)

// AppendTo appends the envelope (edge 4.2, 5.1): header line, then for every item its header line with `length`, the payload and a line feed.
func (e *Envelope) AppendTo(dst []byte) []byte {
	dst = e.Header.AppendTo(dst)
	for i := range e.Items {
		dst = append(e.Items[i].appendHeader(append(dst, '\n')), '\n')
		dst = append(dst, e.Items[i].Payload...)
	}
	return append(dst, '\n')
}

// Size returns a close upper estimate of the bytes that AppendTo writes.
func (e *Envelope) Size() int {
	h := &e.Header
	n := 512 + len(h.Client) + len(h.Origin) + len(h.ForwardedFor) + len(h.UserAgent) + len(h.Trace) + len(h.ClientHints.UA)
	for i := range h.Other {
		n += len(h.Other[i].Key) + len(h.Other[i].Raw) + 4
	}
	for i := range e.Items {
		it := &e.Items[i]
		n += 96 + len(it.Payload) + len(it.Filename) + len(it.ContentType) + len(it.AttachmentType)
		for j := range it.Other {
			n += len(it.Other[j].Key) + len(it.Other[j].Raw) + 4
		}
	}
	return n
}

// AppendTo appends the header object without a line end (edge 4.2).
func (h *Header) AppendTo(dst []byte) []byte {
	w := members{dst: append(dst, '{')}
	if !h.EventID.IsNil() || h.NilEventID {
		w.name("event_id")
		w.dst = append(h.EventID.Append(append(w.dst, '"')), '"')
	}
	if h.DSN != nil {
		w.name("dsn")
		var text [192]byte
		w.dst = jsontext.AppendString(w.dst, h.DSN.Append(text[:0]))
	}
	w.given("client", h.Client, h.Empty.Has(EmptyClient))
	w.number("version", uint64(h.Version))
	w.text("origin", h.Origin)
	w.text("remote_addr", h.RemoteAddr)
	w.text("forwarded_for", h.ForwardedFor)
	w.given("user_agent", h.UserAgent, h.Empty.Has(EmptyUserAgent))
	if h.ClientHints != (ClientHints{}) || h.Empty.Has(emptyHints) {
		w.name("client_hints")
		hints := members{dst: append(w.dst, '{')}
		for i, hint := range h.hints() {
			hints.given(hintNames[i], *hint.text, h.Empty.Has(hint.empty))
		}
		w.dst = append(hints.dst, '}')
	}
	if h.NoCache {
		w.raw("no_cache", []byte("true"))
	}
	if !h.SentAt.IsZero() {
		w.name("sent_at")
		w.dst = append(appendTime(append(w.dst, '"'), h.SentAt), '"')
	}
	if h.Trace != nil {
		w.raw("trace", h.Trace)
	}
	if len(h.RequiredFeatures) > 0 {
		w.name("required_features")
		sep := byte('[')
		for _, f := range h.RequiredFeatures {
			w.dst = jsontext.AppendString(append(w.dst, sep), f)
			sep = ','
		}
		w.dst = append(w.dst, ']')
	}
	for i := range h.Other {
		if headerMember(h.Other[i].Key) == memberOther {
			w.raw(h.Other[i].Key, h.Other[i].Raw)
		}
	}
	return append(w.dst, '}')
}

// appendHeader appends the item header object (edge 6.1).
func (it *Item) appendHeader(dst []byte) []byte {
	w := members{dst: append(dst, '{')}
	w.name("type")
	w.dst = jsontext.AppendString(w.dst, it.Type)
	w.number("length", uint64(len(it.Payload)))
	w.text("content_type", it.ContentType)
	if it.HasFilename || it.Filename != "" {
		w.name("filename")
		w.dst = jsontext.AppendString(w.dst, it.Filename)
	}
	w.text("attachment_type", it.AttachmentType)
	w.optional("item_count", it.ItemCount)
	w.text("platform", it.Platform)
	w.optional("span_count", it.SpanCount)
	if it.Sampled != nil {
		w.raw("sampled", strconv.AppendBool(nil, *it.Sampled))
	}
	if it.FullyNormal {
		w.raw("fully_normalized", []byte("true"))
	}
	w.optional("meta_length", it.MetaLength)
	w.text("sentry_release", it.Release)
	w.text("sentry_environment", it.Environment)
	for i := range it.Other {
		if !it.writes(it.Other[i].Key) {
			w.raw(it.Other[i].Key, it.Other[i].Raw)
		}
	}
	return append(w.dst, '}')
}

// writes reports whether appendHeader writes the member from a field, so that an unusable one of that name in Other must go.
func (it *Item) writes(key string) bool {
	switch key {
	case "type", "length":
		return true
	case "content_type":
		return it.ContentType != ""
	case "filename":
		return it.HasFilename || it.Filename != ""
	case "attachment_type":
		return it.AttachmentType != ""
	case "item_count":
		return it.ItemCount != nil
	case "platform":
		return it.Platform != ""
	case "span_count":
		return it.SpanCount != nil
	case "sampled":
		return it.Sampled != nil
	case "fully_normalized":
		return it.FullyNormal
	case "meta_length":
		return it.MetaLength != nil
	case "sentry_release":
		return it.Release != ""
	case "sentry_environment":
		return it.Environment != ""
	}
	return false
}

// appendTime writes UTC with as many fractional digits as needed.
func appendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	switch y := t.Year(); {
	case y > 9999:
		return t.AppendFormat(append(dst, '+'), time.RFC3339Nano)
	case y < 0:
		y = -y
		dst = append(dst, '-', byte('0'+y/100000%10), byte('0'+y/10000%10), byte('0'+y/1000%10), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10))
		return t.AppendFormat(dst, "-01-02T15:04:05.999999999Z07:00")
	}
	return t.AppendFormat(dst, time.RFC3339Nano)
}

// members writes the members of one object; empty texts and nil values are left out.
type members struct {
	dst  []byte
	more bool
}

func (w *members) name(key string) {
	if w.more {
		w.dst = append(w.dst, ',')
	}
	w.more = true
	w.dst = append(jsontext.AppendString(w.dst, key), ':')
}

func (w *members) raw(key string, raw []byte) {
	w.name(key)
	w.dst = jsontext.AppendLine(w.dst, raw)
}

func (w *members) text(key, value string) {
	if value != "" {
		w.name(key)
		w.dst = jsontext.AppendString(w.dst, value)
	}
}

// given is text for members whose empty value is different from none.
func (w *members) given(key, value string, empty bool) {
	if empty && value == "" {
		w.raw(key, []byte(`""`))
		return
	}
	w.text(key, value)
}

func (w *members) number(key string, n uint64) {
	w.name(key)
	w.dst = strconv.AppendUint(w.dst, n, 10)
}

func (w *members) optional(key string, n *uint32) {
	if n != nil {
		w.number(key, uint64(*n))
	}
}
