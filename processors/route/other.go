package route

import (
	"weir/codecs/envelope"
	"weir/codecs/ingest"
	"weir/codecs/outcome"
	"weir/processors"
)

// checkIn writes the check-in of a unit; its key keeps a monitor's check-ins in order (pipeline 11).
func (w *writer) checkIn() {
	u := w.u
	if u.CheckIn == nil {
		return
	}
	for _, it := range u.Items {
		if it.Fate != processors.FateOpen {
			continue
		}
		value := ingest.AppendCheckIn(make([]byte, 0, len(it.Payload)+160), ingest.CheckIn{
			Payload: it.Payload, StartTime: u.ReceivedAt.Unix(), SDK: u.Client(), ProjectID: u.Scope.Project, RetentionDays: u.RetentionDays(),
		})
		if w.emit(ingest.Monitors, ingest.KeyFromUUID(u.CheckIn.Route(u.Scope.Project), u.Scope.Org), nil, value) {
			u.Accept(it)
		}
	}
}

var sessionHeaders = []ingest.Header{{Key: "namespace", Value: "sessions"}}

// buckets writes the metrics of sessions (pipeline 10.4). Their items end as accepted also when they had nothing to count.
func (w *writer) buckets() {
	u, n := w.u, 0
	for i := range u.Buckets {
		for _, b := range u.Buckets[i].Split(w.cfg.Aggregator.MaxFlushBytes) {
			value := b.AppendMessage(make([]byte, 0, 320), u.Scope.Org, u.Scope.Project, u.RetentionDays())
			if !w.emit(ingest.MetricsSessions, w.counterKey(n), sessionHeaders, value) {
				u.Count(outcome.Invalid, reasonInternal, outcome.MetricBucket, 1, u.ReceivedAt)
			}
			n++
		}
	}
	w.acceptAll()
}

// profiles writes the open profiles of a unit (pipeline 13.2).
func (w *writer) profiles(sampled bool) {
	u := w.u
	for _, it := range u.Items {
		if it.Fate != processors.FateOpen || it.Type != envelope.TypeProfile {
			continue
		}
		value := ingest.AppendProfile(make([]byte, 0, len(it.Payload)+160), ingest.Profile{
			OrgID: u.Scope.Org, ProjectID: u.Scope.Project, KeyID: u.Scope.KeyID, Received: u.ReceivedAt.Unix(),
			RetentionDays: u.RetentionDays(), Payload: it.Payload,
		})
		if w.emit(ingest.Profiles, w.counterKey(it.Index), ingest.ProfileHeaders(u.Scope.Project, sampled), value) {
			u.Accept(it)
			continue
		}
		u.Drop(it, outcome.Invalid, reasonInternal)
	}
}

// profileChunks writes the chunks of continuous profiles, one message each (pipeline 13.2).
func (w *writer) profileChunks() {
	u := w.u
	for _, it := range u.Items {
		if it.Fate != processors.FateOpen {
			continue
		}
		value := ingest.AppendProfileChunk(make([]byte, 0, len(it.Payload)+160), ingest.ProfileChunk{
			OrgID: u.Scope.Org, ProjectID: u.Scope.Project, Received: u.ReceivedAt.Unix(), RetentionDays: u.RetentionDays(), Payload: it.Payload,
		})
		if !w.emit(ingest.Profiles, w.counterKey(it.Index), ingest.ProjectHeaders(u.Scope.Project), value) {
			u.Drop(it, outcome.Invalid, reasonInternal)
			continue
		}
		u.Accept(it)
	}
}
