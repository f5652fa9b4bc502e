package project

import "encoding/json"

// parseSampling isolates its faults: a broken object means that everything is kept (pipeline 3.2). What it returns has version 2 and all
// rules (3.3); other versions stay as they are. Only both names at once are a fault of the whole config.
func parseSampling(o *object) (raw json.RawMessage, broken bool) {
	raw, ok := o.get("sampling", nullIsNo)
	if alias, has := o.members["dynamicSampling"]; has {
		if _, both := o.members["sampling"]; both {
			o.fail("sampling and dynamicSampling are the same member")
			return nil, false
		}
		if ok = string(alias) != "null"; ok {
			raw = alias
		}
	}
	if !ok {
		return nil, false
	}
	own := node{r: &reader{}}
	s := own.asObject("sampling", section(raw))
	version, ok := s.uint("version", 16, notNull)
	if !ok {
		version = 1
	}
	rules, _ := s.list("rules", notNull)
	more, _ := s.list("rulesV2", notNull)
	for _, rule := range rules {
		checkSamplingRule(&s, "rules", rule)
	}
	for _, rule := range more {
		checkSamplingRule(&s, "rulesV2", rule)
	}
	if own.r.err != nil {
		return nil, true
	}
	if version <= 1 {
		version = 2
		rules = append(rules, more...)
	}
	var w writer
	w.open()
	w.uint("version", version)
	w.list("rules", len(rules), func(w *writer, i int) { w.b = append(w.b, rules[i]...) })
	w.close()
	return w.b, false
}

// checkSamplingRule checks the form of a rule (items 18.2). Unknown rule types and operators have the right form; they make the object
// ineffective when it is used.
func checkSamplingRule(s *object, key string, raw json.RawMessage) {
	r := s.asObject(key, raw)
	for _, member := range [...]string{"id", "type", "condition", "samplingValue"} {
		r.need(member)
	}
	r.uint("id", 32, notNull)
	r.text("type", notNull)
	if raw, ok := r.get("condition", notNull); ok {
		parseCondition(&r.node, "condition", raw)
	}
	if v, ok := r.object("samplingValue", notNull); ok {
		v.need("type")
		v.need("value")
		switch kind, _ := v.text("type", notNull); kind {
		case "sampleRate", "factor", "minimumSampleRate":
		default:
			v.fail("unknown type %q", kind)
		}
		if raw, ok := v.get("value", notNull); ok {
			v.asFloat("value", raw)
		}
	}
	if t, ok := r.object("timeRange", notNull); ok {
		t.timestamp("start", nullIsNo)
		t.timestamp("end", nullIsNo)
	}
	if d, ok := r.object("decayingFn", notNull); ok {
		d.need("type")
		switch kind, _ := d.text("type", notNull); kind {
		case "constant":
		case "linear":
			d.need("decayedValue")
			if raw, ok := d.get("decayedValue", notNull); ok {
				d.asFloat("decayedValue", raw)
			}
		default:
			d.fail("unknown type %q", kind)
		}
	}
}
