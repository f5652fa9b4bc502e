package view

import "slices"

// watch is one registered callback. f gets present=false for a deletion.
type watch[T any] struct {
	f func(key string, value T, present bool)
}

// OnChange calls f after every change of any key, in order of the topic, from the goroutine of the change. f must
// not block. It is not called for what is there already; use Range for that. stop ends it.
func (v *View[T]) OnChange(f func(key string, value T, present bool)) (stop func()) {
	w := &watch[T]{f}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.all = append(slices.Clone(v.all), w)
	return func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.all = slices.DeleteFunc(slices.Clone(v.all), func(x *watch[T]) bool { return x == w })
	}
}

// Watch calls f after every change of key, as OnChange does, and once at once when the key is known already.
func (v *View[T]) Watch(key string, f func(key string, value T, present bool)) (stop func()) {
	w := &watch[T]{f}
	v.mu.Lock()
	v.watchers[key] = append(slices.Clone(v.watchers[key]), w)
	x, ok := v.m[key]
	v.mu.Unlock()
	if ok {
		f(key, x, true)
	}
	return func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		left := slices.DeleteFunc(slices.Clone(v.watchers[key]), func(x *watch[T]) bool { return x == w })
		if len(left) == 0 {
			delete(v.watchers, key)
			return
		}
		v.watchers[key] = left
	}
}

// toldLocked returns who has to be told about a change of key.
func (v *View[T]) toldLocked(key string) []*watch[T] {
	byKey := v.watchers[key]
	if len(byKey) == 0 {
		return v.all
	}
	return append(slices.Clone(v.all), byKey...)
}
