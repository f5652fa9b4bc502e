package profile

import (
	"slices"

	"weir/codecs/event"
)

// addressMask keeps the part of an instruction address that is no signature, on Apple's 64-bit ARM.
const addressMask = 0xFFFFFFFFF

// sampled is the part of a profile that has samples; its members have their written form.
type sampled struct{ root, stacks, frames *event.Value }

func newSampled(root *event.Value) *sampled {
	return &sampled{root, root.Get("stacks"), root.Get("frames")}
}

func (p *sampled) samples() []event.Member { return p.root.Get("samples").Members() }

// keep drops the samples that f does not want.
func (p *sampled) keep(f func(*event.Value) bool) {
	list := p.samples()
	n := 0
	for _, m := range list {
		if f(m.Value) {
			list[n] = m
			n++
		}
	}
	p.root.Get("samples").SetMembers(list[:n])
}

// thread is what identifies the thread of a sample: the literal of a number, or a text.
func thread(s *event.Value) string { return literal(s.Get("thread_id")) }

func literal(v *event.Value) string {
	if n, ok := v.NumberText(); ok {
		return n
	}
	return v.Text()
}

// idle says that a sample has no frames, because its stack is empty or unknown.
func (p *sampled) idle(s *event.Value) bool {
	id, _ := s.Get("stack_id").Uint()
	return id >= uint64(p.stacks.Len()) || p.stacks.Index(int(id)).Len() == 0
}

// trimIdle drops the idle samples at the beginning and at the end of each thread.
func (p *sampled) trimIdle() {
	type span struct{ first, last int }
	busy := map[string]span{}
	for i, m := range p.samples() {
		if p.idle(m.Value) {
			continue
		}
		t := thread(m.Value)
		s, ok := busy[t]
		if !ok {
			s.first = i
		}
		s.last = i
		busy[t] = s
	}
	i := -1
	p.keep(func(v *event.Value) bool {
		i++
		s, ok := busy[thread(v)]
		return ok && s.first <= i && i <= s.last
	})
}

// dropSingle drops the samples of threads that have only one.
func (p *sampled) dropSingle() {
	n := map[string]int{}
	for _, m := range p.samples() {
		n[thread(m.Value)]++
	}
	p.keep(func(s *event.Value) bool { return n[thread(s)] > 1 })
}

// dropIdle drops the samples of threads with at most one sample that is not idle.
func (p *sampled) dropIdle() {
	n := map[string]int{}
	for _, m := range p.samples() {
		if !p.idle(m.Value) {
			n[thread(m.Value)]++
		}
	}
	p.keep(func(s *event.Value) bool { return n[thread(s)] > 1 })
}

// check looks for something to show, and for stacks and frames that do not exist.
func (p *sampled) check() error {
	list := p.samples()
	if len(list) == 0 {
		return ErrFewSamples
	}
	for _, m := range list {
		if id, _ := m.Value.Get("stack_id").Uint(); id >= uint64(p.stacks.Len()) {
			return ErrSamples
		}
	}
	for _, stack := range p.stacks.Members() {
		for _, m := range stack.Value.Members() {
			if id, _ := m.Value.Uint(); id >= uint64(p.frames.Len()) {
				return ErrStacks
			}
		}
	}
	return nil
}

func (p *sampled) maskAddresses() {
	for _, m := range p.frames.Members() {
		if v := m.Value.Get("instruction_addr"); !v.IsNull() {
			n, _ := addressOf(v)
			setAddress(v, n&addressMask)
		}
	}
}

// dropMetadata drops the entries of a member that no sample names under key.
func (p *sampled) dropMetadata(member, key string) {
	all := p.root.Get(member)
	if all.Len() == 0 {
		return
	}
	used := map[string]bool{}
	for _, m := range p.samples() {
		if v := m.Value.Get(key); v != nil {
			used[literal(v)] = true
		}
	}
	all.SetMembers(slices.DeleteFunc(all.Members(), func(m event.Member) bool { return !used[m.Key] }))
}
