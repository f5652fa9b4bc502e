package normalize

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// breakdown sums the times of spans by operation (11.9).
type breakdown struct {
	name    string
	matches []string
}

// compileBreakdowns reads breakdownsV2 in the order of the names; ok is false when it is not configured.
func compileBreakdowns(raw json.RawMessage) (list []breakdown, ok bool) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, false
	}
	var all map[string]struct {
		Type    string
		Matches []string
	}
	if json.Unmarshal(raw, &all) != nil {
		return nil, false
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b := all[name]
		if (b.Type == "spanOperations" || b.Type == "span_operations") && validName(name) && len(b.Matches) > 0 {
			list = append(list, breakdown{name, b.Matches})
		}
	}
	return list, true
}

// breakdowns replaces what was sent by what the configuration asks for (11.9).
func (r *run) breakdowns() {
	if r.in.Rules == nil || !r.in.Rules.hasBreakdown {
		return
	}
	root := r.d.Root
	root.Delete("breakdowns")
	for _, b := range r.in.Rules.breakdowns {
		visible, hidden := r.spanGroups(b.matches)
		if len(visible)+len(hidden) == 0 {
			continue
		}
		list := r.entry(r.object(root, "breakdowns"), b.name)
		list.SetObject(nil)
		total := int64(0)
		for op, times := range visible {
			t := union(times)
			total += t
			r.setMeasurement(list, "ops."+op, float64(t)/1e6, "millisecond")
		}
		for _, times := range hidden {
			total += union(times)
		}
		r.setMeasurement(list, "total.time", float64(total)/1e6, "millisecond")
	}
}

// spanGroups sorts the spans by the first prefix that fits their operation, or else by operation.
func (r *run) spanGroups(prefixes []string) (visible, hidden map[string][]interval) {
	visible, hidden = make(map[string][]interval), make(map[string][]interval)
	for _, m := range r.d.Root.Get("spans").Members() {
		op, ok := m.Value.Get("op").Str()
		t, timed := spanInterval(m.Value)
		if !ok || !timed {
			continue
		}
		group, name := hidden, op
		for _, p := range prefixes {
			if strings.HasPrefix(op, p) {
				group, name = visible, p
				break
			}
		}
		group[name] = append(group[name], t)
	}
	return visible, hidden
}

// union is the time that a set of intervals covers.
func union(list []interval) (sum int64) {
	slices.SortFunc(list, func(a, b interval) int { return cmp.Compare(a.start, b.start) })
	end := list[0].start
	for _, t := range list {
		if t.end > end {
			sum += t.end - max(t.start, end)
			end = t.end
		}
	}
	return sum
}
