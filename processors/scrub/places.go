package scrub

import (
	"sync"

	"weir/processors/scrub/selector"
)

// freeTypes are the types of free-form values.
const freeTypes = selector.String | selector.Number | selector.Boolean | selector.Array | selector.Object

func member1(key string, types selector.Types, pii sensitivity, below ...*place) *place {
	return &place{Place: selector.Place{Key: key, Named: true, Types: types}, pii: pii, below: below}
}

// roots are the nodes from which everything is reached that is scrubbed: events, replays, logs, spans, metrics,
// attachments, and the free-form texts of recordings and view hierarchies.
var roots = sync.OnceValue(func() []*place {
	sch := eventSchema()
	list := []*place{{shape: sch.event}}
	for _, r := range records() {
		list = append(list, &place{Place: selector.Place{Types: r.types}, shape: r.shape})
	}
	dump := &place{
		Place: selector.Place{AnyKey: true, Types: selector.Minidump},
		below: []*place{
			member1(keyStack, selector.Binary|selector.StackMemory, maybe),
			member1(keyHeap, selector.Binary|selector.HeapMemory, yes),
			member1("", selector.Binary, yes), member1(keyCode, selector.String, yes), member1(keyDebug, selector.String, yes),
		},
	}
	file := &place{Place: selector.Place{AnyKey: true, Types: selector.Binary}, pii: yes}
	text := &place{Place: selector.Place{AnyKey: true, Types: selector.String | selector.Object | selector.Array}, shape: free, pii: yes}
	return append(list,
		&place{Place: selector.Place{Types: selector.Attachments}, below: []*place{dump, file}},
		&place{below: []*place{text}})
})

// children lists what can stand directly below a place.
func (p *place) children() []*place {
	if p.shape == nil {
		return p.below
	}
	var out []*place
	add := func(at selector.Place, sh *shape, pii sensitivity) {
		if sh.hasPII {
			pii = sh.pii
		}
		shapes := []*shape{sh}
		if sh.form == formUnion {
			shapes = nil
			for _, f := range sh.variants {
				shapes = append(shapes, f.shape)
			}
		}
		for _, sh := range shapes {
			if sh.hasPII {
				pii = sh.pii
			}
			at.Types = sh.possibleTypes()
			out = append(out, &place{Place: at, shape: sh, pii: pii})
		}
	}
	var names []string
	for _, f := range p.shape.fields {
		names = append(names, f.key)
		add(selector.Place{Key: f.key, Named: true}, f.shape, f.pii)
	}
	if f := p.shape.other; f != nil {
		add(selector.Place{AnyKey: true, Except: names}, f.shape, f.pii)
	}
	switch p.shape.form {
	case formFree, formList, formMap, formPairs:
		add(selector.Place{AnyKey: true, AnyIndex: true}, elemOf(p.shape), inherit)
	}
	// The rejected original of a value stands below it under the same key (scrub 4.7).
	return append(out, &place{Place: selector.Place{Key: p.Key, AnyKey: p.AnyKey, Named: p.Named, Types: selector.String}, pii: inherit})
}

// possibleTypes are the types that a value of the shape can have.
func (sh *shape) possibleTypes() selector.Types {
	switch sh.form {
	case formStruct, formList, formMap, formPairs:
		return sh.types
	case formFree:
		return freeTypes
	}
	return selector.String | selector.Number | selector.Boolean | sh.types
}
