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
		w.text("dsn", h.DSN.String())
	}
	w.text("client", h.Client)
	w.number("version", uint64(h.Version))
	w.text("origin", h.Origin)
	w.text("remote_addr", h.RemoteAddr)
	w.text("forwarded_for", h.ForwardedFor)
	w.text("user_agent", h.UserAgent)
	if h.ClientHints != (ClientHints{}) {
		w.name("client_hints")
		hints := members{dst: append(w.dst, '{')}
		hints.text("sec_ch_ua", h.ClientHints.UA)
		hints.text("sec_ch_ua_platform", h.ClientHints.Platform)
		hints.text("sec_ch_ua_platform_version", h.ClientHints.PlatformVersion)
		hints.text("sec_ch_ua_model", h.ClientHints.Model)
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
	w.members(h.Other)
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
	w.members(it.Other)
	return append(w.dst, '}')
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

func (w *members) number(key string, n uint64) {
	w.name(key)
	w.dst = strconv.AppendUint(w.dst, n, 10)
}

func (w *members) optional(key string, n *uint32) {
	if n != nil {
		w.number(key, uint64(*n))
	}
}

func (w *members) members(list []Member) {
	for i := range list {
		w.raw(list[i].Key, list[i].Raw)
	}
}
