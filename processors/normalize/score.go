package normalize

import (
	"encoding/json"
	"math"

	"weir/codecs/event"
	"weir/codecs/project"
	"weir/processors/match"
)

// scoreProfile rates the web vitals of pages that meet a condition (11.8).
type scoreProfile struct {
	condition  *match.Condition
	version    string
	hasVersion bool
	components []scoreComponent
}

type scoreComponent struct {
	measurement      string
	weight, p10, p50 float64
	optional         bool
}

func compileScores(raw json.RawMessage) (profiles []scoreProfile) {
	var config struct {
		Profiles []struct {
			Condition       json.RawMessage
			Version         *string
			ScoreComponents []struct {
				Measurement      string
				Weight, P10, P50 float64
				Optional         bool
			}
		}
	}
	if len(raw) == 0 || json.Unmarshal(raw, &config) != nil {
		return nil
	}
	for _, p := range config.Profiles {
		if len(p.Condition) == 0 || string(p.Condition) == "null" {
			continue
		}
		c, err := project.ParseCondition(p.Condition)
		if err != nil {
			continue
		}
		profile := scoreProfile{condition: match.CompileCondition(c)}
		if p.Version != nil {
			profile.version, profile.hasVersion = *p.Version, true
		}
		for _, s := range p.ScoreComponents {
			profile.components = append(profile.components, scoreComponent{s.Measurement, s.Weight, s.P10, s.P50, s.Optional})
		}
		profiles = append(profiles, profile)
	}
	return profiles
}

// epsilon separates weights from zero.
const epsilon = 2.220446049250313e-16

// performanceScore adds the scores of the first profile that fits (11.8).
func (r *run) performanceScore() {
	if r.in.Rules == nil || len(r.in.Rules.scores) == 0 {
		return
	}
	fields := match.Fields(noFields{})
	if r.n.cfg.Fields != nil {
		fields = r.n.cfg.Fields(r.d.Root)
	}
	for i := range r.in.Rules.scores {
		p := &r.in.Rules.scores[i]
		if !p.condition.Match(fields) {
			continue
		}
		list := r.d.Root.Get("measurements")
		if list.Len() == 0 {
			return
		}
		measure := func(name string) (float64, bool) { return measured(list, name) }
		if sum, ok := p.weights(measure); ok {
			r.score(p, list, sum)
			return
		}
	}
}

// weights sums the weights that count; false: the profile does not fit.
func (p *scoreProfile) weights(measured func(string) (float64, bool)) (sum float64, ok bool) {
	for _, c := range p.components {
		_, present := measured(c.measurement)
		if !present && !c.optional && math.Abs(c.weight) >= epsilon {
			return 0, false
		}
		if present || !c.optional {
			sum += c.weight
		}
	}
	return sum, math.Abs(sum) >= epsilon
}

func (r *run) score(p *scoreProfile, list *event.Value, sum float64) {
	any := p.score(func(name string) (float64, bool) { return measured(list, name) }, sum, func(name string, f float64) {
		r.setMeasurement(list, "score."+name, f, "ratio")
	})
	if any && p.hasVersion {
		contexts := r.object(r.d.Root, "contexts")
		context := r.variantAt("performance_score", "performancescore")
		if context == nil {
			context = r.newContext(contexts, "performance_score", "performancescore")
		}
		r.setString(context, "score_profile_version", p.version)
	}
}

// score writes the scores of what was measured, and the total if anything was.
func (p *scoreProfile) score(measured func(string) (float64, bool), sum float64, set func(name string, f float64)) (any bool) {
	total := 0.0
	for _, c := range p.components {
		value, present := measured(c.measurement)
		weight := 0.0
		if present {
			weight = c.weight / sum
			ratio := c.rate(max(value, 0))
			total += ratio * weight
			any = true
			set("ratio."+c.measurement, ratio)
			set(c.measurement, ratio*weight)
		}
		set("weight."+c.measurement, weight)
	}
	if any {
		set("total", total)
	}
	return any
}

// rate is the share of pages that are slower, by a log-normal distribution.
func (c *scoreComponent) rate(value float64) float64 {
	if value <= 0 {
		return 1
	}
	sqrt2 := math.Sqrt2 // a variable: products of constants are not rounded
	s := math.Abs(math.Log(c.p10)-math.Log(c.p50)) / (sqrt2 * 0.9061938024368232)
	x := (math.Log(value) - math.Log(c.p50)) / (sqrt2 * s)
	return 0.5 * (1 - erf(x))
}

// erf is the approximation of the error function that the contract's numbers come from.
func erf(x float64) float64 {
	const a1, a2, a3, a4, a5, p = 0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429, 0.3275911
	sign := 1.0
	if x < 0 {
		sign, x = -1, -x
	}
	t := 1 / (1 + p*x)
	return sign * (1 - ((((a5*t+a4)*t+a3)*t+a2)*t+a1)*t*math.Exp(-x*x))
}
