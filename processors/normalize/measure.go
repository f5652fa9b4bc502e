package normalize

import (
	"math"

	"weir/codecs/event"
)

// measurements cleans, completes and limits what a transaction measured (11.5).
func (r *run) measurements() {
	root := r.d.Root
	if !r.isTransaction() {
		root.Delete("measurements")
		return
	}
	list := root.Get("measurements")
	if list.Kind() != event.Object {
		return
	}
	for _, name := range [...][2]string{{"app.start.cold", "app_start_cold"}, {"app.start.warm", "app_start_warm"}} {
		if i := list.Find(name[0]); i >= 0 {
			x := list.Members()[i].Value
			list.RemoveAt(i)
			list.Delete(name[1])
			r.entry(list, name[1]).Take(x)
		}
	}
	for _, name := range [...]string{"app_start_cold", "app_start_warm", "time_to_initial_display", "time_to_full_display"} {
		if f, ok := list.Get(name).Get("value").Float(); ok && f > 180000 {
			list.Delete(name)
		}
	}
	for _, m := range list.Members() {
		if m.Value.IsNull() {
			continue
		}
		if unit := r.slot(m.Value, "unit"); unit.IsNull() {
			name := theLists().measurementUnits[m.Key]
			if name == "" {
				name = "none"
			}
			unit.SetString(name)
		}
	}
	r.rates(list)
	if rules := r.in.Rules; rules != nil && rules.measurements != nil {
		r.limitMeasurements(list, rules.measurements)
	}
}

// measured returns the value of a measurement.
func measured(list *event.Value, name string) (float64, bool) {
	return list.Get(name).Get("value").Float()
}

// setMeasurement writes a measurement in the place of one of the name, which others may share.
func (r *run) setMeasurement(list *event.Value, name string, value float64, unit string) {
	tag := r.entry(list, name).Tag()
	v := r.d.NewObject(2)
	v.SetTag(tag)
	list.SetAt(list.Find(name), v)
	if !math.IsNaN(value) && !math.IsInf(value, 0) {
		r.number(r.slot(v, "value"), event.AppendFloat(r.buf[:0], value))
	}
	r.setString(v, "unit", unit)
}

// rates computes frame and stall rates (11.5.4).
func (r *run) rates(list *event.Value) {
	if total, ok := measured(list, "frames_total"); ok && total > 0 {
		for _, kind := range [...]string{"frames_frozen", "frames_slow"} {
			if n, ok := measured(list, kind); ok {
				r.setMeasurement(list, kind+"_rate", n/total, "ratio")
			}
		}
	}
	stall, ok := measured(list, "stall_total_time")
	if !ok {
		return
	}
	switch list.Get("stall_total_time").Get("unit").Text() {
	case "millisecond", "none":
	default:
		return
	}
	start, ok1 := timeOf(r.d.Root.Get("start_timestamp"))
	end, ok2 := timeOf(r.d.Root.Get("timestamp"))
	if ms := float64(end.sub(start).nanos()) / 1e6; ok1 && ok2 && ms > 0 {
		r.setMeasurement(list, "stall_percentage", stall/ms, "ratio")
	}
}

// appStart copies what mobile SDKs measured of the start (11.6).
func (r *run) appStart() {
	root := r.d.Root
	trace := r.variantAt("trace", "trace")
	list := root.Get("measurements")
	name := root.Get("transaction").Text()
	if name != "" && name != unlabeled && trace.Get("op").Text() == "ui.load" {
		for _, vital := range [...]string{"app_start_cold", "app_start_warm", "app.vitals.start.value", "app.vitals.start.cold.value", "app.vitals.start.warm.value"} {
			if list.Find(vital) >= 0 {
				data := r.object(trace, "data")
				if data.Find("app.vitals.start.screen") < 0 {
					r.unknownKey(data, "app.vitals.start.screen").SetString(name)
				}
				break
			}
		}
	}
	if r.hasTag("app.vitals.start.type") || list.Find("app.vitals.start.value") >= 0 {
		return
	}
	for _, kind := range [...]string{"cold", "warm"} {
		m := list.Get("app_start_" + kind)
		if value, ok := m.Get("value").Float(); ok && m.Get("unit").Text() == "millisecond" {
			r.setMeasurement(list, "app.vitals.start.value", value, "millisecond")
			r.setTag("app.vitals.start.type", kind)
			return
		}
	}
}
