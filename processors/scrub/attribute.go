package scrub

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed data/attributes.tsv
var attributesTSV string

// attribute is a node of the attribute names, split at dots.
type attribute struct {
	kids map[string]*attribute // "<key>" matches any one segment
	pii  sensitivity
	ends bool
}

const anySegment = "<key>"

var attributes = sync.OnceValue(func() *attribute {
	root := new(attribute)
	for _, row := range rows(attributesTSV, 2) {
		at := root
		for _, segment := range strings.Split(row[0], ".") {
			next := at.kids[segment]
			if next == nil {
				if next = new(attribute); at.kids == nil {
					at.kids = make(map[string]*attribute)
				}
				at.kids[segment] = next
			}
			at = next
		}
		at.pii, _ = sensitivityByName(row[1])
		at.ends = true
	}
	return root
})

// attributeSensitivity looks an attribute up by name (scrub 6.4); ok is false for unknown names. One dot at the end does
// not count.
func attributeSensitivity(name string) (p sensitivity, ok bool) {
	name = strings.TrimSuffix(name, ".")
	if name == "" {
		return no, false
	}
	return attributes().find(name)
}

func (a *attribute) find(name string) (sensitivity, bool) {
	segment, rest, more := strings.Cut(name, ".")
	for _, kid := range [...]*attribute{a.kids[segment], a.kids[anySegment]} {
		switch {
		case kid == nil:
		case more:
			if p, ok := kid.find(rest); ok {
				return p, true
			}
		case kid.ends:
			return kid.pii, true
		}
	}
	return no, false
}
