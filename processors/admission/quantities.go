package admission

import (
	"weir/codecs/envelope"
	"weir/codecs/outcome"
)

// Totals sums quantities by category. The zero value is empty.
type Totals [int(outcome.SnapshotImage) + 1]uint64

// Add counts n more of c; Unknown counts nothing.
func (t *Totals) Add(c outcome.Category, n uint64) {
	if c >= 0 {
		t[c] += n
	}
}

// AppendTo appends what is not zero, in ascending category order.
func (t *Totals) AppendTo(dst []outcome.Quantity) []outcome.Quantity {
	for c, n := range t {
		if n > 0 {
			dst = append(dst, outcome.Quantity{Category: outcome.Category(c), N: n})
		}
	}
	return dst
}

// Quantities returns what an item counts for in limits and outcomes before it is parsed (pipeline 6.4), in ascending category
// order, nil for items that count nothing.
func Quantities(it *envelope.Item) []outcome.Quantity {
	var t Totals
	t.AddItem(it)
	return t.AppendTo(nil)
}

// AddItem counts one item.
func (t *Totals) AddItem(it *envelope.Item) { t.addItem(classOf(it), it) }

func (t *Totals) addItem(c class, it *envelope.Item) {
	switch c {
	case classEvent, classUnreal:
		t[outcome.Error]++
	case classTransaction:
		t[outcome.Transaction]++
		t[outcome.TransactionIndexed]++
		t.addPair(outcome.Span, outcome.SpanIndexed, transactionSpans(it))
	case classSecurity, classRawSecurity:
		t[outcome.Security]++
	case classFeedback, classUserReport:
		t[outcome.Feedback]++
	case classAttachment:
		if !it.RateLimited {
			t.addPayload(outcome.AttachmentItem, 1, outcome.Attachment, it)
		}
	case classSession, classSessions:
		t[outcome.Session] += it.Count()
	case classCheckIn:
		t[outcome.Monitor] += it.Count()
	case classReplayEvent, classReplayRecording, classReplayVideo:
		t[outcome.Replay]++
	case classProfile:
		t.addPair(outcome.Profile, outcome.ProfileIndexed, it.Count())
		t.Add(profilePlatform(it), it.Count())
	case classProfileChunk:
		t.Add(chunkPlatform(it), it.Count())
	case classLog:
		t.addPayload(outcome.LogItem, it.Count(), outcome.LogByte, it)
	case classIntegrationLogs:
		t.addPayload(outcome.LogItem, 1, outcome.LogByte, it)
	case classTraceMetric:
		t.addPayload(outcome.TraceMetric, it.Count(), outcome.TraceMetricByte, it)
	case classSpan:
		t.addPair(outcome.Span, outcome.SpanIndexed, it.Count())
	case classIntegrationSpans:
		t.addPair(outcome.Span, outcome.SpanIndexed, 1)
	}
}

func (t *Totals) addPair(c, indexed outcome.Category, n uint64) {
	t[c] += n
	t[indexed] += n
}

// addPayload counts items and the bytes of the payload, at least one.
func (t *Totals) addPayload(items outcome.Category, n uint64, bytes outcome.Category, it *envelope.Item) {
	t[items] += n
	t[bytes] += uint64(max(len(it.Payload), 1))
}

// transactionSpans is the number of spans of a transaction: its own and its children's, as the header tells.
func transactionSpans(it *envelope.Item) uint64 {
	if it.SpanCount == nil {
		return 1
	}
	return 1 + uint64(*it.SpanCount)
}

func profilePlatform(it *envelope.Item) outcome.Category {
	switch {
	case it.Platform == "":
		return outcome.Unknown
	case uiPlatform(it.Platform):
		return outcome.ProfileUi
	}
	return outcome.ProfileBackend
}

func chunkPlatform(it *envelope.Item) outcome.Category {
	switch {
	case it.Platform == "":
		return outcome.Unknown
	case uiPlatform(it.Platform):
		return outcome.ProfileChunkUi
	}
	return outcome.ProfileChunk
}

// EnvelopeQuantities returns what a whole envelope counts for when it is rejected: its event once, in the category of the first
// item that creates one, and the sums of everything else (edge 6.6), in ascending category order.
func EnvelopeQuantities(e *envelope.Envelope) []outcome.Quantity {
	t, event := sum(e)
	switch event {
	case outcome.Unknown:
	case outcome.Transaction:
		t[outcome.TransactionIndexed]++
		fallthrough
	default:
		t[event]++
	}
	return t.AppendTo(nil)
}

// sum adds up all items; event-creating items add nothing in the category of their event, which is returned instead.
func sum(e *envelope.Envelope) (t Totals, event outcome.Category) {
	event = outcome.Unknown
	for i := range e.Items {
		it := &e.Items[i]
		c := classOf(it)
		if event == outcome.Unknown {
			event = eventCategory(c, it)
		}
		switch c {
		case classEvent, classUnreal, classSecurity, classRawSecurity, classFeedback:
		case classTransaction:
			t.addPair(outcome.Span, outcome.SpanIndexed, transactionSpans(it))
		default:
			t.addItem(c, it)
		}
	}
	return t, event
}
