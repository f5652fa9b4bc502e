package normalize

import "weir/codecs/event"

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
	for i, h := range [...][2]string{{"User-Agent", in.UserAgent}, {"SEC-CH-UA-Platform", in.Hints.Platform},
		{"SEC-CH-UA-Platform-Version", in.Hints.PlatformVersion}, {"SEC-CH-UA", in.Hints.UA}, {"SEC-CH-UA-Model", in.Hints.Model}} {
		if h[1] == "" && !(i == 0 && in.EmptyAgent) {
			continue
		}
		headers := r.slot(r.object(root, "request"), "headers")
		if headers.IsNull() {
			headers.SetArray(nil)
		}
		if i, _ := findPair(headers, h[0]); i < 0 {
			r.appendPair(headers, h[0], h[1])
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
