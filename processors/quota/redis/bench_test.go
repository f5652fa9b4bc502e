package redis

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"weir/processors/quota"
)

// BenchmarkPartitions is 32 partitions that check at the same time, each for itself or, as one that runs its chains side by side does, 4 units
// at once: of one project, or of 32. Without WEIR_TEST_REDIS it measures miniredis.
func BenchmarkPartitions(b *testing.B) {
	url := os.Getenv(realRedis)
	if url == "" {
		url = "redis://" + miniredis.RunT(b).Addr()
	}
	for _, projects := range []int{1, 32} {
		for _, each := range []int{1, 4} {
			b.Run(fmt.Sprintf("projects=%d/units=%d", projects, each), func(b *testing.B) {
				s, err := Open(Server{URL: url}, Config{})
				if err != nil {
					b.Fatal(err)
				}
				defer s.Close()
				measure(b, s, projects, 32*each)
			})
		}
	}
}

// measure makes b.N checks of two quotas each, in so many goroutines.
func measure(b *testing.B, s *Store, projects, goroutines int) {
	b.ReportAllocs()
	took := make([]time.Duration, b.N)
	expires := time.Now().Unix() + 600
	var wg sync.WaitGroup
	for g := range goroutines {
		org := strconv.Itoa(g % projects)
		wg.Go(func() {
			for i := g; i < b.N; i += goroutines {
				checks := []quota.Check{{Counters: make([]quota.Counter, 2)}} // as the limiter makes them
				for k := range checks[0].Counters {
					refund := "r:quota:bench" + strconv.Itoa(k) + "{" + org + "}42:31245"
					checks[0].Counters[k] = quota.Counter{Key: refund[2:], Refund: refund, Limit: 1 << 40, Quantity: 1, ExpireAt: expires, MaxFields: 1}
				}
				start := time.Now()
				if r, err := s.Check(b.Context(), checks); err != nil || r[0].Unchecked {
					b.Error("unchecked", err)
					return
				}
				took[i] = time.Since(start)
			}
		})
	}
	wg.Wait()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "checks/s")
	b.ReportMetric(float64(took[b.N/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[b.N*99/100].Microseconds()), "p99-µs")
}
