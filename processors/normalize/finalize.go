package normalize

import (
	"time"

	"weir/codecs/event"
	"weir/codecs/jsontext"
)

// driftTolerance is the difference of clocks from which on timestamps are corrected (6.5).
const driftTolerance = 3300 * time.Second

// finalize sets what the envelope and the request decide (6).
func (r *run) finalize() {
	root, s := r.d.Root, r.in.Server
	if s.Forwarding != nil {
		r.ingestPath(s.Forwarding)
	}
	r.eventType()
	if s.Type == TypeTransaction {
		r.profileContext()
	}
	if s.Crash != nil {
		r.crash(s.Crash)
	}
	if !s.EventID.IsNil() {
		id := r.slot(root, "event_id")
		id.SetMeta(nil)
		id.SetString(r.hexText(s.EventID[:]))
	}
	if s.Forwarding == nil {
		r.counters()
		r.traceHeader()
	}
	r.clockDrift()
}

// ingestPath notes that this relay has seen the event (6.1).
func (r *run) ingestPath(f *Forwarding) {
	if f.PublicKey == "" {
		return
	}
	path := r.slot(r.d.Root, "ingest_path")
	if path.Kind() != event.Array {
		path.SetArray(nil)
	}
	hop := r.d.NewObject(2)
	hop.SetTag(r.at(path).elem.id)
	r.slot(hop, "version").SetString(f.Version)
	r.slot(hop, "public_key").SetString(f.PublicKey)
	r.d.Reserve(path, 1)
	path.Append(hop)
}

// counters sets what servers tell each other: `_metrics` (6.3) and that spans are to be looked through.
func (r *run) counters() {
	s := r.in.Server
	if s.PerformanceIssues {
		r.slot(r.d.Root, "_performance_issues_spans").SetBool(true)
	}
	metrics := r.slot(r.d.Root, "_metrics")
	metrics.SetMeta(nil)
	metrics.SetObject(nil)
	for _, c := range [...]struct {
		key string
		Counter
	}{{"bytes.ingested.event", s.Counters.Event}, {"bytes.ingested.event.minidump", s.Counters.Minidump},
		{"bytes.ingested.event.applecrashreport", s.Counters.AppleCrash}, {"bytes.ingested.event.attachment", s.Counters.Attachments}} {
		if c.Known {
			x := r.d.NewUint(c.N)
			text, _ := x.NumberText()
			r.slot(metrics, c.key).SetNumber(text)
		}
	}
}

// eventType resets the type of the payload to what the item says (1.1).
func (r *run) eventType() {
	ty := r.slot(r.d.Root, "type")
	ty.SetMeta(nil)
	switch r.in.Server.Type {
	case TypeTransaction:
		ty.SetString("transaction")
	case TypeFeedback:
		ty.SetString("feedback")
	case TypeCSP:
		ty.SetString("csp")
	default:
		ty.SetNull()
	}
}

// clockDrift moves every timestamp by the difference between the client's clock and ours, if that is large (6.5).
func (r *run) clockDrift() {
	in := r.in
	if in.SentAt.IsZero() {
		return
	}
	drift := in.ReceivedAt.Sub(in.SentAt)
	if drift.Abs().Truncate(time.Second) < driftTolerance {
		return
	}
	r.shift(r.d.Root, momentOf(in.ReceivedAt).sub(momentOf(in.SentAt)))
	r.timeError(event.ClockDrift, in.SentAt)
}

// timeError records on `timestamp` that it was moved, from what the SDK thought to receive time.
func (r *run) timeError(kind string, sdk time.Time) {
	data := append(r.d.NewMembers(2),
		event.Member{Key: "sdk_time", Value: r.d.NewString(rfc3339(sdk))},
		event.Member{Key: "server_time", Value: r.d.NewString(rfc3339(r.in.ReceivedAt))})
	r.d.MetaOf(r.slot(r.d.Root, "timestamp")).AddError(event.Error{Kind: kind, Data: data})
}

// rfc3339 writes a time in UTC with as many groups of three decimals as it has, and a numeric offset.
func rfc3339(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05" + jsontext.Decimals(t) + "-07:00")
}

// shift adds to every timestamp of the schema below v.
func (r *run) shift(v *event.Value, by moment) {
	n := r.at(v)
	if !n.timed {
		return
	}
	if n.kind == kTimestamp {
		if t, ok := timeOf(v); ok {
			r.setTime(v, t.add(by))
		}
		return
	}
	for _, m := range v.Members() {
		r.shift(m.Value, by)
	}
}
