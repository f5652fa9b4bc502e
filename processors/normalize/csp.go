package normalize

import (
	"weir/codecs/envelope"
	"weir/codecs/event"
)

// cspBackfill completes reports of browsers, which know neither user nor agent (9.1).
func (r *run) cspBackfill() {
	root, in := r.d.Root, r.in
	if root.Get("csp").IsNull() {
		return
	}
	if logger := r.slot(root, "logger"); logger.IsNull() {
		logger.SetString("csp")
	}
	if in.ClientIP != "" && in.InferIP {
		r.setString(r.object(root, "user"), "ip_address", in.ClientIP)
	}
	for _, h := range [...]struct {
		name, text string
		empty      envelope.Empty
	}{
		{"User-Agent", in.UserAgent, envelope.EmptyUserAgent}, {"SEC-CH-UA-Platform", in.Hints.Platform, envelope.EmptyHintPlatform},
		{"SEC-CH-UA-Platform-Version", in.Hints.PlatformVersion, envelope.EmptyHintPlatformVersion},
		{"SEC-CH-UA", in.Hints.UA, envelope.EmptyHintUA}, {"SEC-CH-UA-Model", in.Hints.Model, envelope.EmptyHintModel},
	} {
		if h.text == "" && !in.Empty.Has(h.empty) {
			continue
		}
		headers := r.slot(r.object(root, "request"), "headers")
		if headers.IsNull() {
			headers.SetArray(nil)
		}
		if i, _ := findPair(headers, h.name); i < 0 {
			r.appendPair(headers, h.name, h.text)
		}
	}
}

// appendPair adds a pair to a pair list of the schema.
func (r *run) appendPair(list *event.Value, key, value string) *event.Value {
	n := r.at(list).elem
	pair := newPair(r.d, key, r.d.NewString(value))
	pair.SetTag(n.id)
	pair.Index(0).SetTag(n.pair[0].id)
	pair.Index(1).SetTag(n.pair[1].id)
	if list.Len() == cap(list.Members()) {
		r.d.Reserve(list, 4)
	}
	list.Append(pair)
	return pair
}
