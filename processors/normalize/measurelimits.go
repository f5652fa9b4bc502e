package normalize

import (
	"cmp"
	"fmt"
	"math"
	"strconv"

	"weir/codecs/event"
	"weir/codecs/project"
)

// aroundName is what metric names have besides the name and unit of a measurement, in bytes (1.4).
const aroundName = 29

// measurementRules say which measurements are kept (11.5.5).
type measurementRules struct {
	builtin   map[string]project.BuiltinMeasurement
	maxCustom int
}

// newMeasurementRules joins the lists of the project, which wins, and the global config; the smaller maximum counts.
func newMeasurementRules(own, global *project.Measurements) *measurementRules {
	m := &measurementRules{builtin: make(map[string]project.BuiltinMeasurement), maxCustom: math.MaxInt}
	for _, list := range [...]*project.Measurements{global, own} {
		if list == nil {
			continue
		}
		seen := make(map[string]bool)
		for _, b := range list.Builtin {
			if !seen[b.Name] { // the first of a name counts
				seen[b.Name] = true
				m.builtin[b.Name] = b
			}
		}
		m.maxCustom = min(m.maxCustom, list.MaxCustom)
	}
	return m
}

// limitMeasurements removes what is not allowed, in the order of the names (11.5.5).
func (r *run) limitMeasurements(list *event.Value, rules *measurementRules) {
	kids := list.Members()
	out, custom := 0, 0
	var removed []event.Member
	for _, m := range kids {
		if m.Value.IsNull() {
			continue
		}
		problem, silent := rules.check(m.Key, m.Value, &custom, cmp.Or(r.n.cfg.MaxName, defaultLength)-aroundName)
		switch {
		case silent:
		case problem != "":
			r.d.AddError(list, event.InvalidData, problem)
			removed = append(removed, m)
		default:
			kids[out] = m
			out++
		}
	}
	list.Truncate(out)
	if len(removed) == 0 {
		return
	}
	original := r.d.NewObject(len(removed))
	for _, m := range removed {
		c := r.d.Clone(m.Value)
		c.SortKeys()
		original.Insert(original.Len(), m.Key, c)
	}
	r.d.SetOriginal(list, original)
}

// check decides about one measurement. Name and unit may have most bytes together.
func (rules *measurementRules) check(name string, v *event.Value, custom *int, most int) (problem string, silent bool) {
	unit := v.Get("unit").Text()
	if c := name[0] | 0x20; c < 'a' || c > 'z' {
		return fmt.Sprintf("Metric name contains invalid characters: %q", name), false
	}
	if most -= len(unit); len(name) > most {
		return fmt.Sprintf("Metric name too long %d/%d: %q", len(name), most, name), false
	}
	if b, ok := rules.builtin[name]; ok {
		if f, isNumber := v.Get("value").Float(); isNumber && f < 0 && !b.AllowNegative {
			return "Negative value for measurement " + name + " not allowed: " + strconv.FormatFloat(f, 'f', -1, 64), false
		}
		return "", b.Unit != unit
	}
	if *custom >= rules.maxCustom {
		return "Too many measurements: " + name, false
	}
	*custom++
	return "", false
}
