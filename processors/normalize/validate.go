package normalize

import (
	"errors"
	"time"

	"weir/codecs/event"
	"weir/codecs/jsontext"
)

// errStale and its siblings are the texts of 7; they are for people, the reason is always invalid_transaction.
var (
	errStale       = errors.New("timestamp is too stale")
	errNoStart     = errors.New("start_timestamp hard-required for transaction events")
	errBackwards   = errors.New("end timestamp is smaller than start timestamp")
	errTooEarly    = errors.New("start timestamp is out of the valid range for metrics")
	errTooLate     = errors.New("end timestamp is out of the valid range for metrics")
	errNotUnix     = errors.New("invalid unix timestamp")
	errNoTrace     = errors.New("missing valid trace context")
	errNoTraceID   = errors.New("trace context is missing trace_id")
	errNoSpanID    = errors.New("trace context is missing span_id")
	errNullSpan    = errors.New("spans must be valid in transaction event")
	errSpanTime    = errors.New("span is missing timestamp")
	errSpanTraceID = errors.New("span is missing trace_id")
	errSpanSpanID  = errors.New("span is missing span_id")
)

// validate corrects or rejects by time, and rejects broken transactions (7).
func (r *run) validate() error {
	r.eventTime()
	root := r.d.Root
	received := momentOf(r.in.ReceivedAt)
	r.slot(root, "received").SetMeta(nil)
	r.setTime(root.Get("received"), received)
	if ts := r.slot(root, "timestamp"); ts.IsNull() {
		r.setTime(ts, received)
	}
	if n, ok := root.Get("time_spent").Uint(); ok && n >= 2147483647 {
		root.Get("time_spent").SetNull()
	}
	for _, key := range [...]string{"timestamp", "start_timestamp"} {
		if t, ok := timeOf(root.Get(key)); ok && t.sec < 0 {
			return errStale
		}
	}
	r.staleItems(root.Get("spans"))
	r.staleItems(root.At("breadcrumbs", "values"))
	if r.isTransaction() {
		return r.validateTransaction()
	}
	return nil
}

// eventTime moves events from the future or from before the retention to the receive time (7.1.1).
func (r *run) eventTime() {
	in := r.in
	ts, ok := timeOf(r.d.Root.Get("timestamp"))
	if !ok {
		return
	}
	received := momentOf(in.ReceivedAt)
	kind := ""
	switch {
	case in.MaxFuture.set && momentOf(in.ReceivedAt.Add(in.MaxFuture.distance)).before(ts):
		kind = event.FutureTimestamp
	case in.MaxPast.set && ts.before(momentOf(in.ReceivedAt.Add(-in.MaxPast.distance))):
		kind = event.PastTimestamp
	default:
		return
	}
	r.shift(r.d.Root, received.sub(ts))
	r.timeError(kind, ts.time())
}

// staleItems deletes spans and breadcrumbs from before 1970 (7.1.5).
func (r *run) staleItems(list *event.Value) {
	for _, m := range list.Members() {
		for _, key := range [...]string{"start_timestamp", "timestamp"} {
			if t, ok := timeOf(m.Value.Get(key)); ok && t.sec < 0 {
				m.Value.SetNull()
				r.d.AddError(m.Value, event.InvalidData, key+" is too stale: "+plainTime(t))
				break
			}
		}
	}
}

// plainTime writes 1969-12-31 23:59:58 UTC, with decimals if there are some.
func plainTime(m moment) string {
	t := m.time()
	return t.Format("2006-01-02 15:04:05" + jsontext.Decimals(t) + " UTC")
}

func (r *run) validateTransaction() error {
	root := r.d.Root
	start, ok := timeOf(root.Get("start_timestamp"))
	if !ok {
		return errNoStart
	}
	end, _ := timeOf(root.Get("timestamp"))
	if end.before(start) {
		return errBackwards
	}
	var from, to time.Time
	if s := r.in.Server; s != nil {
		from, to = s.From, s.To
	}
	if !from.IsZero() || !to.IsZero() {
		switch {
		case start.sec < 0 || end.sec < 0:
			return errNotUnix
		case start.sec < from.Unix():
			return errTooEarly
		case end.sec >= to.Unix():
			return errTooLate
		}
	}
	trace := r.variantAt("trace", "trace")
	switch {
	case trace == nil:
		return errNoTrace
	case trace.Get("trace_id").IsNull():
		return errNoTraceID
	case trace.Get("span_id").IsNull():
		return errNoSpanID
	}
	spans := r.slot(root, "spans")
	if spans.IsNull() {
		spans.SetArray(nil)
	}
	for _, m := range spans.Members() {
		if span := m.Value; !span.IsNull() && span.Get("timestamp").IsNull() {
			r.setTime(r.slot(span, "timestamp"), end)
			status := r.slot(span, "status")
			status.SetMeta(nil)
			status.SetString("deadline_exceeded")
		}
	}
	for _, m := range spans.Members() {
		if err := r.validateSpan(m.Value, start, end, from, to); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) validateSpan(span *event.Value, start, end moment, from, to time.Time) error {
	if span.IsNull() {
		return errNullSpan
	}
	first, ok := timeOf(span.Get("start_timestamp"))
	last, ok2 := timeOf(span.Get("timestamp"))
	if !ok || !ok2 {
		return errSpanTime
	}
	if !from.IsZero() || !to.IsZero() {
		if first.sec < 0 || last.sec < 0 {
			return errNotUnix
		}
		if outside(first, from, to) {
			r.replaceTime(span.Get("start_timestamp"), first, start)
			first = start
		}
		if outside(last, from, to) {
			r.replaceTime(span.Get("timestamp"), last, end)
			last = end
		}
	}
	switch {
	case last.before(first):
		return errBackwards
	case span.Get("trace_id").IsNull():
		return errSpanTraceID
	case span.Get("span_id").IsNull():
		return errSpanSpanID
	}
	return nil
}

func outside(t moment, from, to time.Time) bool {
	return t.sec < from.Unix() || t.sec >= to.Unix()
}

// replaceTime puts a span's time into the accepted range and keeps the old one as text.
func (r *run) replaceTime(v *event.Value, old, now moment) {
	r.setTime(v, now)
	r.d.AddError(v, event.InvalidData, "")
	r.d.SetOriginal(v, r.d.NewString(r.d.Concat(plainTime(old))))
}

// variantAt returns the context under key if it is of the variant with the given tag, else nil (4.10).
func (r *run) variantAt(key, tag string) *event.Value {
	v := r.d.Root.At("contexts", key)
	if v.Kind() != event.Object || r.at(v).name != tag {
		return nil
	}
	return v
}
