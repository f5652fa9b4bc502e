package processors

import (
	"strconv"
	"time"

	"weir/codecs/event"
	"weir/codecs/outcome"
)

// CountUsage counts the spans of a transaction that was kept, sampled out or limited in its indexed category only, and the transaction
// itself, as accepted: each at its own end in whole seconds, spans without a valid end not at all (pipeline 7.8, items 17).
func (u *Unit) CountUsage() {
	if u.Event == nil {
		return
	}
	root := u.Event.Root
	if end, ok := EventTime(root.Get("timestamp")); ok {
		u.Count(outcome.Accepted, "", outcome.Transaction, 1, end)
		u.Count(outcome.Accepted, "", outcome.Span, 1, end)
	}
	first := len(u.Counts)
	for _, m := range root.Get("spans").Members() {
		end, ok := EventTime(m.Value.Get("timestamp"))
		if !ok {
			continue
		}
		if segment, _ := m.Value.Get("is_segment").Bool(); segment {
			u.Count(outcome.Accepted, "", outcome.Transaction, 1, end)
		}
		// Spans of one transaction end close to each other: most share their second with a neighbour.
		if n := len(u.Counts); n > first && u.Counts[n-1].Category == outcome.Span && u.Counts[n-1].Timestamp.Equal(end) {
			u.Counts[n-1].N++
			continue
		}
		u.Count(outcome.Accepted, "", outcome.Span, 1, end)
	}
}

// CountSpans counts the spans of KindSpans that are open as accepted, segments also as a transaction, at the receive time: for spans that are
// kept, sampled out or limited in their indexed category only (items 17).
func (u *Unit) CountSpans() {
	var spans, segments uint64
	for _, it := range u.Items {
		if it.Fate != FateOpen || it.Record == nil {
			continue
		}
		spans++
		if segment, _ := it.Record.Get("is_segment").Bool(); segment {
			segments++
		}
	}
	if spans > 0 {
		u.Count(outcome.Accepted, "", outcome.Span, spans, u.ReceivedAt)
	}
	if segments > 0 {
		u.Count(outcome.Accepted, "", outcome.Transaction, segments, u.ReceivedAt)
	}
}

// ChildSpans is the number of child spans of a transaction as its event has them now.
func (u *Unit) ChildSpans() uint64 {
	if u.Event == nil {
		return 0
	}
	return uint64(u.Event.Root.Get("spans").Len())
}

// EventTime reads a normalised timestamp, float seconds, in whole seconds.
func EventTime(v *event.Value) (time.Time, bool) {
	text, ok := v.NumberText()
	if !ok {
		return time.Time{}, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f < 0 || f > 253402300799 { // the year 9999
		return time.Time{}, false
	}
	return time.Unix(int64(f), 0).UTC(), true
}
