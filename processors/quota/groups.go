package quota

import (
	"weir/codecs/checkin"
	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/profile"
	"weir/processors"
)

var profileCategories = []outcome.Category{outcome.Profile, outcome.ProfileIndexed, outcome.ProfileBackend, outcome.ProfileUi}

// errorEvent: the event decides about everything; crash files, other attachments and user reports have their own checks (pipeline 6.6).
func (r *run) errorEvent() processors.Verdict {
	u := r.u
	if h := r.check(u.EventCategory, 1); h.limited {
		return r.drop(h)
	}
	var crash, plain, reports []*processors.Item
	parts, _ := u.CrashParts()
	for _, it := range u.Items {
		switch {
		case it.Fate != processors.FateOpen || parts.Has(it):
		case it.Type == envelope.TypeUserReport:
			reports = append(reports, it)
		case it.IsCrashFile():
			if !it.RateLimited {
				crash = append(crash, it)
			}
		case it.Type == envelope.TypeAttachment:
			plain = append(plain, it)
		}
	}
	if r.attachments(crash).limited {
		for _, it := range crash {
			it.RateLimited = true // still stored with the event, without an outcome
		}
	}
	r.dropItems(plain, r.attachments(plain))
	r.dropItems(reports, r.check(outcome.Feedback, uint64(len(reports))))
	return processors.Keep()
}

// attachments checks bytes and then the number of files; files with the rate limited flag count nothing.
func (r *run) attachments(files []*processors.Item) hit {
	var bytes, n uint64
	for _, it := range files {
		if !it.RateLimited {
			bytes += uint64(max(len(it.Payload), 1))
			n++
		}
	}
	if h := r.check(outcome.Attachment, bytes); h.limited {
		return h
	}
	return r.check(outcome.AttachmentItem, n)
}

func (r *run) dropItems(items []*processors.Item, h hit) {
	if !h.limited {
		return
	}
	for _, it := range items {
		r.u.Drop(it, outcome.RateLimited, h.reason)
	}
}

// transaction: the order is that of pipeline 6.6, spans last. The profile of a transaction that was sampled out is alone.
func (r *run) transaction() processors.Verdict {
	u := r.u
	if u.Main == nil || u.Main.Fate != processors.FateOpen {
		r.profiles()
		return processors.Keep()
	}
	if h := r.check(outcome.Transaction, 1); h.limited {
		return r.drop(h)
	}
	spans := u.ChildSpans() + 1
	if h := r.check(outcome.TransactionIndexed, 1); h.limited {
		u.CountUsage() // what was counted as received stays counted
		u.Main.Quantities = []outcome.Quantity{{Category: outcome.TransactionIndexed, N: 1}, {Category: outcome.SpanIndexed, N: spans}}
		return r.drop(h)
	}
	r.profiles()
	r.profiler()
	var files []*processors.Item
	for _, it := range u.Items {
		if it.Fate == processors.FateOpen && it.Type == envelope.TypeAttachment {
			files = append(files, it)
		}
	}
	r.dropItems(files, r.attachments(files))
	h := r.check(outcome.Span, spans)
	if !h.limited {
		h = r.check(outcome.SpanIndexed, spans)
	}
	if h.limited {
		u.SpansLimited = true
		u.Count(outcome.RateLimited, h.reason, outcome.Span, spans, u.ReceivedAt)
		u.Count(outcome.RateLimited, h.reason, outcome.SpanIndexed, spans, u.ReceivedAt)
	}
	return processors.Keep()
}

// profiles checks each profile of a transaction for itself.
func (r *run) profiles() {
	for _, it := range r.u.Items {
		if it.Fate != processors.FateOpen || it.Type != envelope.TypeProfile {
			continue
		}
		for _, q := range it.Quantities {
			if h := r.check(q.Category, q.N); h.limited {
				r.u.Drop(it, outcome.RateLimited, h.reason)
				break
			}
		}
	}
}

// profiler takes the link to a continuous profile from a transaction when the chunks of that profile are known to be limited: nothing is
// counted (items 9.1).
func (r *run) profiler() {
	if r.u.Event == nil {
		return
	}
	root := r.u.Event.Root
	if root.At("contexts", "profile", "profiler_id").IsNull() {
		return
	}
	cats := [...]outcome.Category{outcome.ProfileChunk, outcome.ProfileDuration}
	if profile.UI(root.Get("platform").Text()) {
		cats = [...]outcome.Category{outcome.ProfileChunkUi, outcome.ProfileDurationUi}
	}
	for _, c := range cats {
		known := r.limiter.known(&Request{
			Item: Item{Category: c, Scope: r.u.Scope}, Quantity: 1, Now: r.u.Now, State: r.u.Project, Global: r.u.Global, Cached: r.u.Limits,
		})
		if len(known) > 0 {
			r.u.UnlinkProfiler()
			return
		}
	}
}

// checkIn counts by monitor and environment where a quota asks for it (pipeline 6.6).
func (r *run) checkIn() processors.Verdict {
	c := r.u.CheckIn
	if c == nil {
		return processors.Keep()
	}
	return r.drop(r.request(Item{
		Category: outcome.Monitor, Scope: r.u.Scope,
		Dimensions: Dimensions{Present: true, Environment: c.Environment, Slug: checkin.Slugify(c.Slug)},
	}, 1))
}

// sessions falls as a whole and silently.
func (r *run) sessions() processors.Verdict {
	if h := r.sums(outcome.Session); h.limited {
		return processors.DropSilent(outcome.RateLimited, h.reason)
	}
	return processors.Keep()
}

// spans: span takes everything, span_indexed leaves the usage counters (pipeline 6.6).
func (r *run) spans() processors.Verdict {
	if h := r.sums(outcome.Span); h.limited {
		return r.drop(h)
	}
	h := r.sums(outcome.SpanIndexed)
	if !h.limited {
		return processors.Keep()
	}
	r.u.CountSpans()
	for _, it := range r.u.Items {
		if it.Fate != processors.FateOpen {
			continue
		}
		it.Quantities = []outcome.Quantity{{Category: outcome.SpanIndexed, N: quantity(it, outcome.SpanIndexed)}}
	}
	return r.drop(h)
}
