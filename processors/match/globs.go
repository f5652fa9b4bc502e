package match

// Globs is a list of patterns that is asked for any match. The zero value matches nothing.
type Globs struct {
	list []*Glob
	all  bool
}

// CompileGlobs compiles case-insensitive patterns; what is no pattern is left out (filters 2).
func CompileGlobs(texts []string) Globs {
	var g Globs
	for _, t := range texts {
		c, err := CompileGlob(t)
		if err != nil || c.shape == shapeNothing {
			continue
		}
		g.all = g.all || c.shape == shapeAll
		g.list = append(g.list, c)
	}
	return g
}

// Empty reports whether nothing can match.
func (g *Globs) Empty() bool { return len(g.list) == 0 }

// Match reports whether any pattern matches the whole text.
func (g *Globs) Match(text string) bool {
	if g.all {
		return true
	}
	for _, c := range g.list {
		if c.Match(text) {
			return true
		}
	}
	return false
}
