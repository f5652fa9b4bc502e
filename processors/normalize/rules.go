package normalize

import (
	"encoding/json"

	"weir/codecs/event"
	"weir/codecs/project"
	"weir/processors/match"
)

// Rules are what the project and global config contribute, compiled. A nil *Rules has none.
type Rules struct {
	names        []nameRule
	measurements *measurementRules
	breakdowns   []breakdown // nil: not configured
	hasBreakdown bool
	scores       []scoreProfile
	ops          []opRule
}

type rulesKey struct{}

type namesKey struct{}

type opsKey struct{}

// namesOf compiles the rename rules of a project once per state.
func namesOf(s *project.State) []nameRule {
	return project.Memoize(&s.Memo, namesKey{}, func() []nameRule { return compileNameRules(s.Config.TxNameRules) })
}

// joined remembers for which global config the rules of a project were joined.
type joined struct {
	global *project.Global
	rules  *Rules
}

// rulesOf joins what a project and the global config say, once per pair of them as long as the global config stays.
func rulesOf(s *project.State, g *project.Global) *Rules {
	if s == nil {
		return joinRules(&project.State{}, g)
	}
	j := project.Memoize(&s.Memo, rulesKey{}, func() joined { return joined{g, joinRules(s, g)} })
	if j.global == g {
		return j.rules
	}
	return joinRules(s, g)
}

func joinRules(s *project.State, g *project.Global) *Rules {
	rules := &Rules{names: namesOf(s), scores: compileScores(s.Config.PerformanceScore)}
	rules.breakdowns, rules.hasBreakdown = compileBreakdowns(s.Config.Breakdowns)
	var global *project.Measurements
	if g != nil {
		global = g.Measurements
		rules.ops = project.Memoize(&g.Memo, opsKey{}, func() []opRule { return compileOps(g.SpanOpDefaults) })
	}
	rules.measurements = newMeasurementRules(s.Config.Measurements, global)
	return rules
}

// opRule gives an operation to spans without one (11.1.4).
type opRule struct {
	condition *match.Condition
	op        string
}

func compileOps(raw json.RawMessage) (rules []opRule) {
	var list struct {
		Rules []struct {
			Condition json.RawMessage
			Value     string
		}
	}
	if len(raw) == 0 || json.Unmarshal(raw, &list) != nil {
		return nil
	}
	for _, r := range list.Rules {
		if c, err := project.ParseCondition(r.Condition); err == nil {
			rules = append(rules, opRule{match.CompileCondition(c), r.Value})
		}
	}
	return rules
}

// defaultOp names a span that has no operation (11.1.4).
func (rules *Rules) defaultOp(span *event.Value) string {
	if rules != nil {
		for _, r := range rules.ops {
			if r.condition.Match(spanFields{span}) {
				return r.op
			}
		}
	}
	return "default"
}
