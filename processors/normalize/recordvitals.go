package normalize

import (
	"strings"
	"time"

	"weir/codecs/event"
	"weir/codecs/record"
	"weir/processors/match"
)

// measured reads a measurement from the attribute that it became.
func (r *recordRun) measured(name string) (float64, bool) {
	attribute, ok := record.MeasurementName(name)
	if !ok {
		if attribute, ok = record.Replacement(name); !ok {
			attribute = name
		}
	}
	return r.a.Float(attribute)
}

// score rates the web vitals of a page (11.8, items 12.3).
func (r *recordRun) score() {
	if r.rules == nil || len(r.rules.scores) == 0 {
		return
	}
	fields := &match.Record{Root: r.v, Kind: match.RecordSpan}
	if r.u.Header != nil {
		fields.ForwardedFor = r.u.Header.ForwardedFor
	}
	for i := range r.rules.scores {
		p := &r.rules.scores[i]
		if !p.condition.Match(fields) {
			continue
		}
		if sum, ok := p.weights(r.measured); ok {
			p.score(r.measured, sum, func(name string, f float64) { r.setFloat(r.d.Concat("score.", name), f) })
			return
		}
	}
}

// frameRates are shares of frames, and of the time that an application stood still.
func (r *recordRun) frameRates() {
	const frames = "app.vitals.frames."
	if total, ok := r.a.Float(frames + "total.count"); ok && total > 0 {
		for _, kind := range [...][2]string{{frames + "frozen.count", frames + "frozen.rate"}, {frames + "slow.count", frames + "slow.rate"}} {
			if n, ok := r.a.Float(kind[0]); ok {
				r.setFloat(kind[1], n/total)
			}
		}
	}
	stall, ok := r.a.Float("app.vitals.stall.duration")
	if !ok {
		return
	}
	if ms := float64(r.duration().Nanoseconds()) / 1e6; ms > 0 {
		r.setFloat("app.vitals.stall.percentage", stall/ms)
	}
}

// duration is how long the span took.
func (r *recordRun) duration() time.Duration {
	start, _ := record.Time(r.v.Get("start_timestamp"))
	end, _ := record.Time(r.v.Get("end_timestamp"))
	return end.Sub(start)
}

// maxVital is the longest duration of a mobile vital that is believed, in milliseconds.
const maxVital = 180000

// mobile marks spans of phones and cleans what they measured.
func (r *recordRun) mobile() {
	if mobileSDKs[r.a.Plain("sentry.sdk.name")] {
		r.a.SetText("sentry.mobile", "true")
		if r.a.Plain("thread.name") == "main" {
			r.a.SetText("sentry.main_thread", "true")
		}
	}
	const vitals = "app.vitals."
	for _, name := range [...]string{vitals + "start.cold.value", vitals + "start.warm.value", vitals + "start.value", vitals + "ttid.value", vitals + "ttfd.value"} {
		if f, ok := r.a.Float(name); ok && f > maxVital {
			r.a.Delete(name)
		}
	}
	if !r.a.Has(vitals + "start.value") {
		for _, kind := range [...]string{"cold", "warm"} {
			if f, ok := r.a.Float(vitals + "start." + kind + ".value"); ok {
				r.setFloat(vitals+"start.value", f)
				r.a.AddText(vitals+"start.type", kind)
				break
			}
		}
	}
	if r.a.Has("device.class") || !r.a.Has("device.family") {
		return
	}
	device := r.d.NewObject(5)
	for _, name := range [...]string{"family", "model", "processor_frequency", "processor_count", "memory_size"} {
		if v := r.a.Value("device." + name); !v.IsNull() {
			device.SetMembers(append(device.Members(), event.Member{Key: name, Value: v}))
		}
	}
	r.a.AddText("device.class", classify(device))
}

// olderNames writes attributes under the names that older consumers read.
func (r *recordRun) olderNames() {
	for _, pair := range [...][2]string{
		{attrQuery, "sentry.normalized_description"}, {attrOperation, "sentry.action"}, {"server.address", attrDomain}, {"http.request.method", "sentry.action"},
		{"http.response.status_code", "sentry.status_code"},
	} {
		r.a.AddCopy(pair[1], pair[0])
	}
	if name := r.a.Plain(attrCollection); name != "" && !r.a.Has(attrDomain) {
		r.a.SetText(attrDomain, r.d.Concat(",", strings.Trim(name, ","), ","))
	}
}
