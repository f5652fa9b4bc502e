package main

import "testing"

// One processor after two calm seconds in a row, all of them as soon as one is not enough.
func TestFrugalDecides(t *testing.T) {
	var f frugal
	looks := func(used float64, n int) (changes int) {
		for range n {
			if f.look(used) {
				changes++
			}
		}
		return changes
	}
	for i, step := range []struct {
		used    float64
		looks   int
		changes int
		one     bool
	}{
		{0.3, frugalLooks - 1, 0, false},
		{0.6, 1, 0, false}, // not calm: counted anew
		{0.3, frugalLooks - 1, 0, false},
		{0.3, 1, 1, true},
		{0.7, 100, 0, true},
		{0.8, 1, 1, false},
		{1.9, 100, 0, false},
		{0, frugalLooks, 1, true},
	} {
		if changes := looks(step.used, step.looks); changes != step.changes || f.one != step.one {
			t.Errorf("step %d: %d changes, one %v; want %d, %v", i, changes, f.one, step.changes, step.one)
		}
	}
}
