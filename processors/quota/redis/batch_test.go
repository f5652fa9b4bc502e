package redis

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"weir/processors/quota"
	"weir/processors/quota/memory"
)

// TestBatchesCountOneByOne holds that checks of one call decide and count as if each were a call of its own, which is what the store in memory
// does.
func TestBatchesCountOneByOne(t *testing.T) { countOneByOne(t, open(t)) }

func countOneByOne(t *testing.T, b *backend) {
	const now, seed = 2_000_000_000, 7
	b.SetNow(now)
	rnd := rand.New(rand.NewPCG(seed, seed))
	mem := memory.New()
	for round := range 40 {
		checks := make([]quota.Check, 60)
		for i := range checks {
			c := quota.Check{Org: 1, Now: now}
			for range 1 + rnd.IntN(3) {
				key := fmt.Sprintf("quota:q%d{1}:%d", rnd.IntN(4), round)
				k := quota.Counter{Key: key, Refund: "r:" + key, Limit: int64(rnd.IntN(60)) - 5, Quantity: int64(rnd.IntN(4)),
					ExpireAt: now + 100 + int64(rnd.IntN(2)), OverAccept: rnd.IntN(6) == 0, MaxFields: 1}
				if rnd.IntN(3) == 0 {
					k.Key, k.Field, k.MaxFields = key+":hash", fmt.Sprint(":f:", rnd.IntN(6)), int64(rnd.IntN(6)-1)
				}
				if rnd.IntN(8) == 0 {
					k.Quantity = 1<<53 + 1
				}
				c.Counters = append(c.Counters, k)
			}
			checks[i] = c
		}
		got, err := b.Check(t.Context(), checks)
		if err != nil {
			t.Fatal(err)
		}
		for i := range checks {
			want, err := mem.Check(t.Context(), checks[i:i+1])
			if err != nil {
				t.Fatal(err)
			}
			for k, s := range want[0].States {
				// Beyond 2^53 Lua rounds what it reports; decisions near small limits stay exact.
				if got[i].Unchecked || got[i].States[k].Rejected != s.Rejected || s.Consumed < 1<<53 && got[i].States[k].Consumed != s.Consumed {
					t.Fatalf("round %d, check %d %+v:\n got %+v\nwant %+v", round, i, checks[i], got[i], want[0])
				}
			}
		}
		for key, e := range b.Dump(t) {
			if e.ExpireAt < now+100 || e.ExpireAt > now+101 {
				t.Fatalf("%s expires at %d", key, e.ExpireAt)
			}
		}
		b.cli.FlushDB(t.Context())
	}
}
