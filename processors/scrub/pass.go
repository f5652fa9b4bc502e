package scrub

import (
	"fmt"

	"weir/processors/scrub/dialect"
	"weir/processors/scrub/selector"
)

// pass is one config, compiled: what one walk over an event applies. It is immutable.
type pass struct {
	apps  []compiledApplication
	set   *selector.Set // the selectors of apps
	plans []*plan       // by shape id; nil: nothing can happen there
}

// compiledApplication holds the rules of one application in the order in which they run.
type compiledApplication struct{ rules []compiledRule }

// compiledRule is a leaf with its tests.
type compiledRule struct {
	id        string
	redaction redaction
	kind      kind
	tests     []test
}

// compile builds the pass of a config. Rules whose pattern does not compile do nothing; broken says which they are.
func compile(c *config) (p *pass, broken []error) {
	p = new(pass)
	var exprs []*selector.Expr
	own := make(map[*rule][]test)
	for _, a := range c.applications {
		exprs = append(exprs, a.selector)
		var app compiledApplication
		for _, l := range c.resolve(a.rules) {
			tests, ok := own[l.rule]
			if !ok {
				var err error
				if tests, err = l.rule.compile(); err != nil {
					broken = append(broken, fmt.Errorf("rule %q: %w", l.rule.id, err))
				}
				own[l.rule] = tests
			}
			if len(tests) > 0 {
				app.rules = append(app.rules, compiledRule{l.id, l.redaction, l.rule.kind, tests})
			}
		}
		p.apps = append(p.apps, app)
	}
	p.set = selector.NewSet(exprs)
	p.plan(eventSchema())
	return p, broken
}

func (r *rule) compile() ([]test, error) {
	if r.kind != kindPattern && r.kind != kindRedactPair {
		return builtinTests()[r.kind], nil
	}
	if r.words != nil {
		if l := newWordList(r.words); l != nil {
			return []test{{key: true, value: true, whole: true, m: l}}, nil
		}
	}
	re, err := dialect.Compile(r.pattern, dialect.Options{CaseInsensitive: r.fold})
	if err != nil {
		return nil, err
	}
	if r.kind == kindRedactPair {
		return []test{{key: true, value: true, whole: true, m: &regex{re: re}}}, nil
	}
	return []test{{value: true, m: &regex{re: re, groups: r.groups}}}, nil
}
