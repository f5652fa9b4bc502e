package admission

import (
	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
)

// checker plans which items go, in the order of checks of pipeline 6.5, and then removes them.
type checker struct {
	in   LimitInput
	zero []zeroQuota

	hit      bool // any limit was found
	told     ratelimit.Set
	discards []raw.Discard

	// one verdict for each group of items
	event, spans, attachments, sessions, metrics, logs verdict
	profiles, backendProfiles, uiProfiles              verdict
	replays, reports, monitors, chunks, uiChunks       verdict
}

// contents is what the lookups need to know about an envelope.
type contents struct {
	totals          Totals
	event           outcome.Category
	transactions    uint64 // spans of the transactions, themselves included
	transactionItem bool
	plainAttachment bool
	plain           [2]uint64 // bytes and number of the attachments that a limit removes
	buckets         bool
}

func contentsOf(e *envelope.Envelope) contents {
	var s contents
	s.totals, s.event = sum(e)
	for i := range e.Items {
		it := &e.Items[i]
		switch classOf(it) {
		case classTransaction:
			s.transactionItem = true
			s.transactions += transactionSpans(it)
		case classAttachment:
			if it.CreatesEvent() {
				break
			}
			s.plainAttachment = true
			if !it.RateLimited {
				s.plain[0] += uint64(max(len(it.Payload), 1))
				s.plain[1]++
			}
		case classMetricBuckets:
			s.buckets = true
		}
	}
	return s
}

// check looks a category up, tells the client and reports the quantity of the category itself.
func (c *checker) check(cat outcome.Category) verdict {
	v := c.lookup(cat, "")
	c.tell(v)
	return v
}

func (c *checker) tell(v verdict) {
	if !v.limited {
		return
	}
	c.hit = true
	for _, l := range v.limits {
		c.told.Add(l)
	}
}

// report adds one outcome; nothing is nothing.
func (c *checker) report(cat outcome.Category, n uint64, reason outcome.Reason) {
	if n > 0 {
		c.discards = append(c.discards, raw.Discard{ID: outcome.RateLimited, Reason: reason, Category: cat, Quantity: n})
	}
}

// reportAll reports several categories of t under one reason.
func (c *checker) reportAll(t *Totals, v verdict, cats ...outcome.Category) {
	for _, cat := range cats {
		c.report(cat, t[cat], v.reason)
	}
}

// plan makes all lookups.
func (c *checker) plan(e *envelope.Envelope) {
	s := contentsOf(e)
	c.planEvent(e, &s)
	c.planSpans(&s)
	c.planAttachments(&s)
	c.planSimple(&s)
	c.planProfiles(&s)
	c.planRest(&s)
}

func (c *checker) planEvent(e *envelope.Envelope, s *contents) {
	if s.event == outcome.Unknown {
		return
	}
	c.event = c.check(s.event)
	if !c.event.limited {
		return
	}
	c.report(s.event, 1, c.event.reason)
	if s.event != outcome.Transaction {
		return
	}
	c.report(outcome.TransactionIndexed, 1, c.event.reason)
	for i := range e.Items {
		it := &e.Items[i]
		if classOf(it) == classTransaction && it.SpanCount == nil {
			n := countSpans(it.Payload)
			s.transactions += n
			s.totals.addPair(outcome.Span, outcome.SpanIndexed, n)
		}
	}
}

func (c *checker) planSpans(s *contents) {
	t := &s.totals
	if c.event.limited {
		c.spans = c.event
		c.report(outcome.Span, t[outcome.Span], c.spans.reason)
		if s.event == outcome.Transaction {
			c.report(outcome.SpanIndexed, t[outcome.SpanIndexed], c.spans.reason)
		}
		return
	}
	if t[outcome.Span] == 0 {
		return
	}
	// The spans of a transaction that stays are reported by the worker, once (pipeline 6.5).
	if c.spans = c.check(outcome.Span); c.spans.limited {
		c.report(outcome.Span, t[outcome.Span]-s.transactions, c.spans.reason)
		c.report(outcome.SpanIndexed, t[outcome.SpanIndexed]-s.transactions, c.spans.reason)
	}
}

func (c *checker) planAttachments(s *contents) {
	t := &s.totals
	if c.event.limited {
		c.attachments = c.event
		c.reportAll(t, c.attachments, outcome.Attachment, outcome.AttachmentItem)
		return
	}
	first, second := outcome.Attachment, outcome.AttachmentItem
	if t[first] > 0 {
		c.attachments = c.lookup(first, "")
	}
	if !c.attachments.limited && t[second] > 0 {
		first, second = second, first
		c.attachments = c.lookup(first, "")
	}
	if !c.attachments.limited {
		return
	}
	c.hit = true
	if s.plainAttachment {
		c.tell(c.attachments)
	}
	n := [2]uint64{t[outcome.Attachment], t[outcome.AttachmentItem]}
	if c.in.Stage == AtEdge {
		n = s.plain
	}
	c.report(outcome.Attachment, n[0], c.attachments.reason)
	c.report(outcome.AttachmentItem, n[1], c.attachments.reason)
}

func (c *checker) planSimple(s *contents) {
	t := &s.totals
	if t[outcome.Session] > 0 {
		c.sessions = c.check(outcome.Session)
	}
	c.metrics = c.planPair(t, outcome.TraceMetric, outcome.TraceMetricByte)
	c.logs = c.planPair(t, outcome.LogItem, outcome.LogByte)
}

// planPair checks the number and then the bytes; either limits both.
func (c *checker) planPair(t *Totals, items, bytes outcome.Category) (v verdict) {
	if t[items] > 0 {
		v = c.check(items)
	}
	if !v.limited && t[bytes] > 0 {
		v = c.check(bytes)
	}
	if v.limited {
		c.reportAll(t, v, items, bytes)
	}
	return v
}

func (c *checker) planProfiles(s *contents) {
	t := &s.totals
	if t[outcome.Profile] == 0 {
		return
	}
	if c.event.limited {
		c.profiles = c.event
		c.reportAll(t, c.profiles, outcome.Profile, outcome.ProfileBackend, outcome.ProfileUi)
		if s.event == outcome.Transaction { // as with spans; errors have no profiles
			c.report(outcome.ProfileIndexed, t[outcome.ProfileIndexed], c.profiles.reason)
		}
		return
	}
	if c.profiles = c.check(outcome.Profile); !c.profiles.limited && s.event == outcome.Unknown {
		c.profiles = c.check(outcome.Transaction)
	}
	if c.profiles.limited {
		c.reportAll(t, c.profiles, outcome.Profile, outcome.ProfileIndexed, outcome.ProfileBackend, outcome.ProfileUi)
		return
	}
	c.backendProfiles = c.planPlatform(t, outcome.ProfileBackend)
	c.uiProfiles = c.planPlatform(t, outcome.ProfileUi)
}

// planPlatform checks the profiles of one kind of platform; each also counts as profile and profile_indexed.
func (c *checker) planPlatform(t *Totals, cat outcome.Category) (v verdict) {
	if t[cat] == 0 {
		return v
	}
	if v = c.check(cat); v.limited {
		c.report(cat, t[cat], v.reason)
		c.report(outcome.Profile, t[cat], v.reason)
		c.report(outcome.ProfileIndexed, t[cat], v.reason)
	}
	return v
}

func (c *checker) planRest(s *contents) {
	one := func(cat outcome.Category) (v verdict) {
		if s.totals[cat] == 0 {
			return v
		}
		if v = c.check(cat); v.limited {
			c.report(cat, s.totals[cat], v.reason)
		}
		return v
	}
	c.replays = one(outcome.Replay)
	c.reports = one(outcome.Feedback) // legacy reports: a feedback event is not among the totals
	c.monitors = one(outcome.Monitor)
	c.chunks = one(outcome.ProfileChunk)
	c.uiChunks = one(outcome.ProfileChunkUi)
	if s.buckets {
		c.tell(c.lookup(outcome.MetricBucket, ratelimit.AnyNamespace))
	}
}
