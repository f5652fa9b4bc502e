package scrub

import "weir/processors/scrub/selector"

// plan lists the members of a struct in which the rules of a pass can do anything; all others are skipped.
type plan struct {
	fields []*field
	byKey  map[string]*field // instead of fields when there are many
	other  *field            // for keys that are not in known; nil: skip them
	known  map[string]bool   // all fields of the struct, when other is set
}

const manyFields = 6

// find returns how to walk a member, nil to skip it.
func (p *plan) find(key string) *field {
	if p.byKey != nil {
		if f := p.byKey[key]; f != nil {
			return f
		}
	} else {
		for _, f := range p.fields {
			if f.key == key {
				return f
			}
		}
	}
	if p.other != nil && !p.known[key] {
		return p.other
	}
	return nil
}

// planner finds out what is reachable for one pass.
type planner struct {
	pass *pass
	done map[planKey]bool // whether something below a shape is reachable
}

type planKey struct {
	shape *shape
	pii   sensitivity
}

func (p *pass) plan(s *schema) {
	p.plans = make([]*plan, s.n)
	b := &planner{p, make(map[planKey]bool)}
	b.below(s.event, no)
	for _, r := range records() {
		b.below(r.shape, no)
	}
}

// below reports whether a rule can touch anything below a value of the shape.
func (b *planner) below(sh *shape, pii sensitivity) bool {
	key := planKey{sh, pii}
	live, ok := b.done[key]
	if !ok {
		live = b.explore(sh, pii)
		b.done[key] = live
	}
	return live
}

func (b *planner) explore(sh *shape, pii sensitivity) bool {
	switch sh.form {
	case formFree:
		return b.anyName(pii)
	case formList, formMap, formPairs:
		live := b.below(sh.elem, pii) // always: it makes the plans of what is below
		return live || b.anyName(pii) || sh.elem.hasPII && b.anyName(sh.elem.pii) || sh.elem == eventSchema().attribute && b.anyName(inBag)
	case formUnion:
		live := false
		for _, f := range sh.variants {
			live = b.below(f.shape, f.pii) || f.shape.hasPII && b.anyName(f.shape.pii) || live
		}
		return live
	case formStruct:
		return b.structure(sh)
	}
	return false
}

func (b *planner) structure(sh *shape) bool {
	p := new(plan)
	for _, f := range sh.fields {
		if b.named(f, f.key) {
			p.fields = append(p.fields, f)
		}
	}
	if f := sh.other; f != nil && (b.below(f.shape, f.pii) || b.anyName(f.pii)) {
		p.other, p.known = f, make(map[string]bool)
		for _, f := range sh.fields {
			p.known[f.key] = true
		}
		if sh.tagged {
			p.known["type"] = true
		}
	}
	if len(p.fields) == 0 && p.other == nil {
		return false
	}
	if len(p.fields) > manyFields {
		p.byKey = make(map[string]*field)
		for _, f := range p.fields {
			p.byKey[f.key] = f
		}
	}
	b.pass.plans[sh.id] = p
	return true
}

// named reports whether a rule can touch a field or what is below it.
func (b *planner) named(f *field, key string) bool {
	pii := f.pii
	if f.shape.hasPII {
		pii = f.shape.pii
	}
	live := b.below(f.shape, pii) // always: it makes the plans of what is below
	for _, p := range levels(pii) {
		live = live || b.pass.set.Reachable(p, key)
	}
	return live
}

// anyName reports whether a rule can touch something of the sensitivity whose name is not known.
func (b *planner) anyName(pii sensitivity) bool {
	for _, p := range levels(pii) {
		if b.pass.set.ReachableBelow(p) {
			return true
		}
	}
	return false
}

// levels lists the sensitivities that a field can have for the selectors.
func levels(pii sensitivity) []selector.Sensitivity {
	switch pii {
	case no:
		return nil
	case dynamic, inBag:
		return []selector.Sensitivity{selector.Maybe, selector.True}
	}
	return []selector.Sensitivity{selector.Sensitivity(pii)}
}
