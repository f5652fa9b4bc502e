package normalize

import (
	"encoding/json"
	"sync/atomic"

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
	hosts        []string // that descriptions of spans may name
}

type rulesKey struct{}

type namesKey struct{}

type opsKey struct{}

// namesOf compiles the rename rules of a project once per state.
func namesOf(s *project.State) []nameRule {
	return project.Memoize(&s.Memo, namesKey{}, func() []nameRule { return compileNameRules(s.Config.TxNameRules) })
}

// joined is what the rules of a project are with the global config that was seen last.
type joined struct {
	global *project.Global
	rules  *Rules
}

// rulesOf joins what a project and the global config say, once per pair of them.
func rulesOf(s *project.State, g *project.Global) *Rules {
	if s == nil {
		return joinRules(&project.State{}, g)
	}
	last := project.Memoize(&s.Memo, rulesKey{}, func() *atomic.Pointer[joined] { return new(atomic.Pointer[joined]) })
	j := last.Load()
	if j == nil || j.global != g {
		j = &joined{g, joinRules(s, g)}
		last.Store(j)
	}
	return j.rules
}

func joinRules(s *project.State, g *project.Global) *Rules {
	rules := &Rules{names: namesOf(s), scores: compileScores(s.Config.PerformanceScore)}
	rules.breakdowns, rules.hasBreakdown = compileBreakdowns(s.Config.Breakdowns)
	var global *project.Measurements
	if g != nil {
		global = g.Measurements
		rules.hosts = g.TextsOption(project.OptionSpanAllowedHosts)
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

// allowedHosts are hosts that descriptions of spans may name.
func (rules *Rules) allowedHosts() []string {
	if rules == nil {
		return nil
	}
	return rules.hosts
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
