package normalize

import (
	"time"

	"weir/codecs/event"
	"weir/codecs/record"
)

// recordTimes are the timestamps of records, the one that decides first.
var recordTimes = [...][]string{record.Span: {"start_timestamp", "end_timestamp"}, record.Log: {"timestamp"}, record.Metric: {"timestamp"}}

const attrSequence = "sentry.timestamp.sequence"

// time corrects the sender's clock, refuses what is older than the retention and, for spans, what does not end after it began; logs and metrics
// are told apart by their sequence (items 2.2, 12.3).
func (r *recordRun) time() bool {
	times := recordTimes[r.kind]
	ref := r.v.Get(times[0])
	t, ok := record.Time(ref)
	if ok {
		sent, kind := time.Time{}, event.ClockDrift
		if r.u.Header != nil {
			sent = r.u.Header.SentAt
		}
		if t.After(r.u.ReceivedAt.Add(r.future)) {
			sent, kind = t, event.FutureTimestamp
		}
		if drift := r.u.ReceivedAt.Sub(sent); !sent.IsZero() && drift.Abs().Truncate(time.Second) >= driftTolerance {
			for _, name := range times {
				if x, ok := record.Time(r.v.Get(name)); ok {
					record.SetTime(r.d, r.v.Get(name), x.Add(drift))
				}
			}
			t = t.Add(drift)
			data := append(r.d.NewMembers(2), event.Member{Key: "sdk_time", Value: r.d.NewString(rfc3339(sent))},
				event.Member{Key: "server_time", Value: r.d.NewString(rfc3339(r.u.ReceivedAt))})
			r.d.MetaOf(ref).AddError(event.Error{Kind: kind, Data: data})
		}
		if t.Before(r.u.ReceivedAt.AddDate(0, 0, -int(r.days))) {
			return false
		}
	}
	if r.kind == record.Span {
		end, hasEnd := record.Time(r.v.Get(times[1]))
		if !ok || !hasEnd || end.Before(t) {
			return false
		}
		record.Round(r.d, ref)
		record.Round(r.d, r.v.Get(times[1]))
		return true
	}
	if ok {
		r.sequence(ref, t)
	}
	return true
}

// sequence moves a timestamp by as many nanoseconds as the sender counted.
func (r *recordRun) sequence(ref *event.Value, t time.Time) {
	a := record.AttributesOf(r.d, r.v)
	f, ok := a.Float(attrSequence)
	if !ok || f < 1 {
		return
	}
	record.SetTime(r.d, ref, t.Add(time.Duration(uint32(min(f, 1<<32-1)))))
	r.d.AddRemark(ref, event.Remark{Rule: "timestamp.sequence", Type: 's'})
}
