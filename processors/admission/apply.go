package admission

import "weir/codecs/envelope"

// apply takes the limited items out of e and flags the crash files that stay.
func (c *checker) apply(e *envelope.Envelope) []Removed {
	var removed []Removed
	kept := e.Items[:0]
	for i := range e.Items {
		it := &e.Items[i]
		cl := classOf(it)
		v := c.verdictFor(cl, it)
		if !v.limited {
			kept = append(kept, *it)
			continue
		}
		if cl == classAttachment && !c.event.limited && it.CreatesEvent() {
			it.RateLimited = true
			kept = append(kept, *it)
			continue
		}
		removed = append(removed, Removed{Index: i, Item: *it, Reason: v.reason, Silent: c.silent(cl, it)})
	}
	clear(e.Items[len(kept):])
	e.Items = kept
	return removed
}

// verdictFor returns the verdict that decides about an item; items that nothing limits here get the zero value.
func (c *checker) verdictFor(cl class, it *envelope.Item) verdict {
	if c.event.limited && it.RequiresEvent() {
		return c.event
	}
	switch cl {
	case classAttachment:
		return c.attachments
	case classSession: // aggregates fall in the worker
		return c.sessions
	case classSpan, classIntegrationSpans:
		return c.spans
	case classLog, classIntegrationLogs:
		return c.logs
	case classTraceMetric:
		return c.metrics
	case classReplayEvent, classReplayRecording, classReplayVideo:
		return c.replays
	case classUserReport:
		return c.reports
	case classCheckIn:
		return c.monitors
	case classProfile:
		return c.profileVerdict(it)
	case classProfileChunk:
		if uiPlatform(it.Platform) {
			return c.uiChunks
		}
		if it.Platform != "" {
			return c.chunks
		}
	}
	return verdict{}
}

func (c *checker) profileVerdict(it *envelope.Item) verdict {
	switch {
	case c.profiles.limited || it.Platform == "":
		return c.profiles
	case uiPlatform(it.Platform):
		return c.uiProfiles
	}
	return c.backendProfiles
}

// silent says that no outcome tells of a removed item: sessions, and what falls with its event without counting for anything.
func (c *checker) silent(cl class, it *envelope.Item) bool {
	switch cl {
	case classSession, classFormData:
		return true
	case classUserReport:
		return !c.reports.limited
	case classReplayEvent:
		return !c.replays.limited
	case classAttachment:
		return it.RateLimited
	}
	return false
}
