package route

import (
	"sync"

	"weir/codecs/envelope"
	"weir/codecs/ingest"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/processors"
)

// payloads lends buffers for serialised events: their bytes are copied into the message at once.
var payloads = sync.Pool{New: func() any { return new([]byte) }}

// errorEvent writes chunks, user reports and then the event (pipeline 9.7, 9.8).
func (w *writer) errorEvent() processors.Verdict {
	u := w.u
	if u.EventID.IsNil() || u.Event == nil {
		return processors.Drop(outcome.Invalid, reasonInternal)
	}
	kind, _ := u.Event.Root.Get("type").Str()
	topic := ingest.Events
	if kind == "feedback" {
		topic = ingest.Feedback
	}
	files := w.attachments(topic == ingest.Feedback)
	if reports := w.userReports(); topic == ingest.Events && (len(files) > 0 || reports > 0) {
		topic = ingest.Attachments
	}
	return w.event(topic, files)
}

// transaction writes its spans, attachments, the event and its profile.
func (w *writer) transaction() processors.Verdict {
	u := w.u
	if u.Main != nil && u.Main.Fate != processors.FateOpen { // sampled out
		w.profiles(false)
		return processors.Keep()
	}
	if u.EventID.IsNil() || u.Event == nil {
		return processors.Drop(outcome.Invalid, reasonInternal)
	}
	if !u.SpansLimited {
		u.CountUsage()
		w.spans(u.EventID)
	}
	if u.Project != nil && u.Project.Config.Features[project.FeatureDiscardTransaction] {
		w.discard()
		w.profiles(true)
		return processors.Keep()
	}
	w.attachments(true)
	v := w.event(ingest.Transactions, nil)
	w.profiles(true)
	return v
}

// discard ends a transaction that its project wants only as spans and usage (items, features).
func (w *writer) discard() {
	w.u.Main.Quantities = []outcome.Quantity{{Category: outcome.TransactionIndexed, N: 1}}
	for _, it := range w.u.Items {
		if it.Type != envelope.TypeProfile {
			w.u.Drop(it, outcome.Filtered, reasonDiscarded)
		}
	}
}

// event writes the event message and ends what became part of it.
func (w *writer) event(topic ingest.Topic, files []ingest.Attachment) processors.Verdict {
	u := w.u
	buf := payloads.Get().(*[]byte)
	payload := u.Event.AppendTo((*buf)[:0])
	m := ingest.EventMessage{
		Payload: payload, StartTime: u.ReceivedAt.Unix(), EventID: u.EventID, ProjectID: u.Scope.Project, Attachments: files,
	}
	if u.Header != nil {
		m.RemoteAddr = u.Header.RemoteAddr
	}
	lent, memory := ingest.NewBuffer(len(payload) + 192 + 256*len(files))
	value := ingest.AppendEvent(memory, m)
	if *buf = payload; cap(payload) <= 1<<20 {
		payloads.Put(buf)
	}
	if !w.emit(topic, w.eventKey(), nil, value) {
		lent.Free()
		return processors.Drop(outcome.Invalid, reasonInternal)
	}
	u.Out[len(u.Out)-1].Buffer = lent
	for _, it := range u.Items {
		// What else is open is merged into the event: the event's own item, crash files, form data, msgpack sources.
		if it == u.Main || it.Type != envelope.TypeProfile {
			u.Accept(it)
		}
	}
	return processors.Keep()
}

// userReports writes a message for each report and returns their number.
func (w *writer) userReports() int {
	u, n := w.u, 0
	for _, it := range w.order() {
		if it.Fate != processors.FateOpen || it.Type != envelope.TypeUserReport {
			continue
		}
		value := ingest.AppendUserReport(make([]byte, 0, len(it.Payload)+96), ingest.UserReport{
			ProjectID: u.Scope.Project, StartTime: u.ReceivedAt.Unix(), Payload: it.Payload,
		})
		if !w.emit(ingest.Attachments, w.eventKey(), nil, value) {
			u.Drop(it, outcome.Invalid, reasonInternal)
			continue
		}
		u.Accept(it)
		n++
	}
	return n
}
