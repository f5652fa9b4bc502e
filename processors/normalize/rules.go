package normalize

import (
	"weir/codecs/event"
	"weir/codecs/project"
)

// Rules are what the project and global config contribute, compiled. A nil *Rules has none.
type Rules struct {
	names []nameRule
}

type rulesKey struct{}

type namesKey struct{}

// namesOf compiles the rename rules of a project once per state.
func namesOf(s *project.State) []nameRule {
	return project.Memoize(&s.Memo, namesKey{}, func() []nameRule { return compileNameRules(s.Config.TxNameRules) })
}

// rulesOf joins what a project and the global config say.
func rulesOf(s *project.State, g *project.Global) *Rules {
	rules := &Rules{}
	if s != nil {
		rules.names = namesOf(s)
	}
	return rules
}

// defaultOp names a span that has no operation (11.1.4).
func (rules *Rules) defaultOp(*event.Value) string { return "default" }
