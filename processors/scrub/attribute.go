package scrub

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed data/attributes.tsv
var attributesTSV string

// attributeNames are the attributes whose sensitivity is known.
type attributeNames struct {
	exact    map[string]sensitivity
	patterns *attribute // the names with segments that may be anything
}

// attribute is a node of the patterns, split at dots.
type attribute struct {
	kids map[string]*attribute // "<key>" matches any one segment
	pii  sensitivity
	ends bool
}

const anySegment = "<key>"

var attributes = sync.OnceValue(func() *attributeNames {
	a := &attributeNames{make(map[string]sensitivity), new(attribute)}
	for _, row := range rows(attributesTSV, 2) {
		pii, _ := sensitivityByName(row[1])
		if strings.Contains(row[0], anySegment) {
			a.patterns.add(row[0], pii)
		} else {
			a.exact[row[0]] = pii
		}
	}
	return a
})

func (a *attribute) add(name string, pii sensitivity) {
	for _, segment := range strings.Split(name, ".") {
		next := a.kids[segment]
		if next == nil {
			if next = new(attribute); a.kids == nil {
				a.kids = make(map[string]*attribute)
			}
			a.kids[segment] = next
		}
		a = next
	}
	a.pii, a.ends = pii, true
}

// attributeSensitivity looks an attribute up by name (scrub 6.4); ok is false for unknown names. One dot at the end does
// not count.
func attributeSensitivity(name string) (p sensitivity, ok bool) {
	name = strings.TrimSuffix(name, ".")
	a := attributes()
	if p, ok = a.exact[name]; ok || name == "" {
		return p, ok
	}
	return a.patterns.find(name)
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
