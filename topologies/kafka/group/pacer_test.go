package group

import (
	"testing"
	"testing/synctest"
	"time"
)

// Polls that bring a little are kept apart; those that bring nothing or much are followed at once.
func TestPacerWaitsForMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pacer{every: time.Second}
		for _, c := range []struct {
			records, bytes int
			want           time.Duration
		}{
			{0, 0, 0}, {1, 10, time.Second}, {manyRecords - 1, manyBytes - 1, time.Second}, {manyRecords, 10, 0}, {1, manyBytes, 0}, {1, 10, time.Second},
		} {
			p.polled(c.records, c.bytes)
			begin := time.Now()
			if !p.wait(t.Context()) || time.Since(begin) != c.want {
				t.Errorf("%d records, %d bytes: waited %v, want %v", c.records, c.bytes, time.Since(begin), c.want)
			}
		}
	})
}
