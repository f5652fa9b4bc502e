package redis

import (
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"weir/processors/quota"
)

// BenchmarkGathered is 64 units that check one quota each at the same time, as a batch of a partition does. Without -redis it
// measures miniredis.
func BenchmarkGathered(b *testing.B) {
	url := *realRedis
	if url == "" {
		url = "redis://" + miniredis.RunT(b).Addr()
	}
	s, err := Open(Server{URL: url}, Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var id atomic.Int64
	b.SetParallelism(64)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		key := "bench{1}" + strconv.FormatInt(id.Add(1)%8, 10)
		checks := []quota.Check{{Org: 1, Counters: []quota.Counter{
			{Key: key, Refund: "r:" + key, Limit: 1 << 40, Quantity: 1, ExpireAt: 4_000_000_000, MaxFields: 1},
		}}}
		for pb.Next() {
			if r, err := s.Check(b.Context(), checks); err != nil || r[0].Unchecked {
				b.Fatal(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "checks/s")
}
