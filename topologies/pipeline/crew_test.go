package pipeline

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// Every function runs once; no more hands than wanted are kept, and none after close: the bubble waits for all goroutines.
func TestCrew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &crew{keep: 3}
		var ran atomic.Int64
		for range 20 {
			var all sync.WaitGroup
			all.Add(10)
			for range 10 {
				c.run(func() {
					all.Done()
					all.Wait() // ten at the same time
					ran.Add(1)
				})
			}
			synctest.Wait()
			if len(c.idle) != 3 {
				t.Fatalf("%d hands are kept", len(c.idle))
			}
		}
		if ran.Load() != 200 {
			t.Errorf("%d functions ran", ran.Load())
		}
		c.close()
		c.run(func() { ran.Add(1) })
		synctest.Wait()
		if ran.Load() != 201 {
			t.Error("nothing runs after close")
		}
	})
}
