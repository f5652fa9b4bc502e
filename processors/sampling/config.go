package sampling

import (
	"encoding/json"
	"time"

	"weir/codecs/project"
	"weir/processors/match"
)

// ruleType says which data a rule looks at.
type ruleType uint8

const (
	ruleTransaction ruleType = iota // the transaction event
	ruleProject                     // the trace header, own config
	ruleTrace                       // the trace header, config of the project that the trace began in
)

var ruleTypes = map[string]ruleType{"transaction": ruleTransaction, "project": ruleProject, "trace": ruleTrace}

// valueType says what a matching rule does to the rate.
type valueType uint8

const (
	valueRate    valueType = iota // ends the evaluation
	valueFactor                   // multiplies
	valueMinimum                  // bounds from below
)

var valueTypes = map[string]valueType{"sampleRate": valueRate, "factor": valueFactor, "minimumSampleRate": valueMinimum}

// rule is a compiled rule.
type rule struct {
	id         uint32
	condition  *match.Condition
	value      valueType
	x          float64
	start, end time.Time // zero: open
	linear     bool
	decayed    float64
}

// rules is a compiled `sampling` object: the rules by type, in order.
type rules [3][]rule

type rulesKey struct{}

// rulesOf compiles the rules of a project once. nil: the project has no object that could be used, and keeps everything.
func rulesOf(s *project.State) *rules {
	if s == nil || len(s.Config.Sampling) == 0 {
		return nil
	}
	return project.Memoize(&s.Memo, rulesKey{}, func() *rules { return compile(s.Config.Sampling) })
}

// ruleJSON is a rule as it stands in a config whose form has been checked (codecs/project).
type ruleJSON struct {
	ID        uint32          `json:"id"`
	Type      string          `json:"type"`
	Condition json.RawMessage `json:"condition"`
	Value     struct {
		Type  string  `json:"type"`
		Value float64 `json:"value"`
	} `json:"samplingValue"`
	Range struct {
		Start *time.Time `json:"start"`
		End   *time.Time `json:"end"`
	} `json:"timeRange"`
	Decay struct {
		Type    string  `json:"type"`
		Decayed float64 `json:"decayedValue"`
	} `json:"decayingFn"`
}

// compile returns nil for objects that are ineffective as a whole: of a newer version, or with a part that weir does not know (18.2).
func compile(raw json.RawMessage) *rules {
	var object struct {
		Version uint16     `json:"version"`
		Rules   []ruleJSON `json:"rules"`
	}
	if json.Unmarshal(raw, &object) != nil || object.Version > 2 {
		return nil
	}
	out := &rules{}
	for i := range object.Rules {
		j := &object.Rules[i]
		ty, ok := ruleTypes[j.Type]
		if !ok {
			return nil
		}
		parsed, err := project.ParseCondition(j.Condition)
		if err != nil {
			return nil
		}
		r := rule{id: j.ID, condition: match.CompileCondition(parsed), value: valueTypes[j.Value.Type], x: j.Value.Value}
		if !r.condition.Supported() {
			return nil
		}
		if j.Range.Start != nil {
			r.start = *j.Range.Start
		}
		if j.Range.End != nil {
			r.end = *j.Range.End
		}
		r.linear, r.decayed = j.Decay.Type == "linear", j.Decay.Decayed
		out[ty] = append(out[ty], r)
	}
	return out
}

// at is the rule's value at a time; ok is false while it is not active. A linear rule needs both bounds and may not rise.
func (r *rule) at(now time.Time) (x float64, ok bool) {
	if !r.start.IsZero() && now.Before(r.start) || !r.end.IsZero() && !now.Before(r.end) {
		return 0, false
	}
	if !r.linear {
		return r.x, true
	}
	if r.start.IsZero() || r.end.IsZero() || r.x < r.decayed || !r.start.Before(r.end) {
		return 0, false
	}
	done := float64(now.Sub(r.start)) / float64(r.end.Sub(r.start))
	return r.x + (r.decayed-r.x)*done, true
}
