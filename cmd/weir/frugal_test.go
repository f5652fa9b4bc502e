package main

import "testing"

// One processor after two calm seconds in a row, all of them as soon as one is not enough or work queues up.
func TestFrugalDecides(t *testing.T) {
	var f frugal
	looks := func(used float64, waiting bool, n int) (changes int) {
		for range n {
			if f.look(used, waiting) {
				changes++
			}
		}
		return changes
	}
	for i, step := range []struct {
		used    float64
		waiting bool
		looks   int
		changes int
		one     bool
	}{
		{0.3, false, frugalLooks - 1, 0, false},
		{0.6, false, 1, 0, false}, // not calm: counted anew
		{0.3, false, frugalLooks - 1, 0, false},
		{0.3, false, 1, 1, true},
		{0.7, false, 100, 0, true},
		{0.8, false, 1, 1, false},
		{1.9, false, 100, 0, false},
		{0, false, frugalLooks, 1, true},
		{0.3, true, frugalQueue - 1, 0, true},
		{0.3, false, 1, 0, true}, // it was done soon
		{0.3, true, frugalQueue - 1, 0, true},
		{0.3, true, 1, 1, false}, // it is never done: others use the machine
		{0.3, true, 100, 0, false},
		{0.3, false, frugalLooks, 1, true},
	} {
		if changes := looks(step.used, step.waiting, step.looks); changes != step.changes || f.one != step.one {
			t.Errorf("step %d: %d changes, one %v; want %d, %v", i, changes, f.one, step.changes, step.one)
		}
	}
}
