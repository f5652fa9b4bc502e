package normalize

import "weir/codecs/event"

// Rules are what the project and global config contribute, compiled. A nil *Rules has none.
type Rules struct {
	names []nameRule
}

// defaultOp names a span that has no operation (11.1.4).
func (rules *Rules) defaultOp(*event.Value) string { return "default" }
