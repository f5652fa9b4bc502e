package redis

import (
	"context"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"weir/processors/quota"
	"weir/processors/quota/quotatest"
)

// backend opens a Store to the cases.
type backend struct {
	*Store
	mini *miniredis.Miniredis // nil with a real server
	cli  *goredis.Client
	now  int64
}

// open returns a store on a server in this process.
func open(t *testing.T) *backend {
	t.Helper()
	mini := miniredis.RunT(t)
	b := openAt(t, "redis://"+mini.Addr())
	b.mini = mini
	return b
}

// openAt returns a store on a database that it empties.
func openAt(t *testing.T, url string) *backend {
	t.Helper()
	s, err := Open(Server{URL: url}, Config{Timeout: time.Minute}) // a slow machine is no server that is away
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	b := &backend{Store: s, cli: s.client.(*goredis.Client)}
	if err := b.cli.FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *backend) SetNow(now int64) {
	if b.mini == nil {
		return // the cases lie in the future of any real clock
	}
	if b.now != 0 && now > b.now {
		b.mini.FastForward(time.Duration(now-b.now) * time.Second)
	}
	b.now = now
	b.mini.SetTime(time.Unix(now, 0))
}

func (b *backend) Do(t *testing.T, command string) {
	t.Helper()
	var args []any
	for _, f := range strings.Fields(command) {
		args = append(args, f)
	}
	if err := b.cli.Do(t.Context(), args...).Err(); err != nil {
		t.Fatal(err)
	}
}

func (b *backend) Dump(t *testing.T) quotatest.Dump {
	t.Helper()
	ctx := t.Context()
	d := quotatest.Dump{}
	for _, key := range b.cli.Keys(ctx, "*").Val() {
		e := quotatest.Entry{Type: b.cli.Type(ctx, key).Val()}
		if b.mini == nil {
			e.ExpireAt = max(int64(b.cli.ExpireTime(ctx, key).Val()/time.Second), 0)
		} else if ttl := b.mini.TTL(key); ttl > 0 {
			e.ExpireAt = b.now + int64(ttl/time.Second)
		}
		if e.Type == "hash" {
			fields := map[string]any{}
			for k, v := range b.cli.HGetAll(ctx, key).Val() {
				fields[k] = v
			}
			e.Value = fields
		} else {
			e.Value = b.cli.Get(ctx, key).Val()
		}
		d[key] = e
	}
	return d
}

func TestCases(t *testing.T) {
	quotatest.Run(t, func(t *testing.T) quotatest.Backend { return open(t) })
}

func counter(key string, limit int64) quota.Check {
	return quota.Check{Counters: []quota.Counter{{
		Key: key, Refund: "r:" + key, Limit: limit, Quantity: 1, ExpireAt: time.Now().Unix() + 600, MaxFields: 1,
	}}}
}

func check(t *testing.T, s *Store, c quota.Check) quota.Result {
	t.Helper()
	r, err := s.Check(t.Context(), []quota.Check{c})
	if err != nil {
		t.Fatal(err)
	}
	return r[0]
}

func TestScriptIsLoadedAgain(t *testing.T) { scriptIsLoadedAgain(t, open(t)) }

func scriptIsLoadedAgain(t *testing.T, b *backend) {
	for i := range 3 {
		if r := check(t, b.Store, counter("k", 10)); r.Unchecked || r.States[0].Consumed != int64(i+1) {
			t.Fatalf("check %d: %+v", i, r)
		}
		if err := b.cli.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBrokenKey holds that a key of another type leaves its own check unchecked and no other.
func TestBrokenKey(t *testing.T) { brokenKey(t, open(t)) }

func brokenKey(t *testing.T, b *backend) {
	b.Do(t, "HSET bad f 1")
	r, err := b.Check(t.Context(), []quota.Check{counter("bad", 10), counter("good", 10)})
	if err != nil {
		t.Fatal(err)
	}
	if !r[0].Unchecked || r[1].Unchecked || !b.Up() {
		t.Errorf("results %+v, up %v", r, b.Up())
	}
	for _, value := range []string{"1.5", "0x10", "007", "+1", "-0", "x", "9223372036854775807", "99999999999999999999"} {
		b.Do(t, "SET bad2 "+value)
		two := counter("good", 10)
		two.Counters = append(two.Counters, counter("bad2", 10).Counters[0])
		if r, err = b.Check(t.Context(), []quota.Check{two, counter("good", 10)}); err != nil || !r[0].Unchecked || r[1].Unchecked {
			t.Errorf("%s: results %+v, %v", value, r, err)
		}
	}
	if r := check(t, b.Store, counter("good", 100)); r.States[0].Consumed != 10 {
		t.Errorf("a check with a broken key counted: %+v", r)
	}
}

// TestFarFuture holds that a counter may live as long as a server can say.
func TestFarFuture(t *testing.T) { farFuture(t, open(t)) }

func farFuture(t *testing.T, b *backend) {
	c := counter("k", 2)
	c.Counters[0].ExpireAt = math.MaxInt64 / 1000
	for i, limited := range []bool{false, false, true} {
		if r := check(t, b.Store, c); r.Unchecked || r.Limited() != limited {
			t.Errorf("check %d: %+v", i, r)
		}
	}
}

// hold delays round trips until it is released, so that checks gather.
type hold struct {
	entered chan int
	release chan struct{}
}

func (hold) DialHook(next goredis.DialHook) goredis.DialHook { return next }
func (hold) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}
func (h hold) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		h.entered <- checksOf(cmd.Args())
		<-h.release
		return next(ctx, cmd)
	}
}

// checksOf counts the checks in a script call.
func checksOf(args []any) (n int) {
	keys := args[2].(int)
	for i := 5 + keys + args[3+keys].(int); i < len(args); i += 2 + 6*args[i+1].(int) {
		n += args[i].(int)
	}
	return n
}

func TestGathering(t *testing.T) {
	b := open(t)
	check(t, b.Store, counter("warm", 10)) // loads the script
	h := hold{entered: make(chan int, 8), release: make(chan struct{})}
	b.cli.AddHook(h)
	const callers = 20
	done := make(chan quota.Result, callers)
	for i := range callers {
		go func() {
			r, err := b.Check(context.Background(), []quota.Check{counter("k"+strconv.Itoa(i%3), 100)})
			if err != nil {
				t.Error(err)
				r = []quota.Result{{}}
			}
			done <- r[0]
		}()
		if i == 0 && <-h.entered != 1 {
			t.Fatal("the first check did not fly at once")
		}
	}
	await(t, func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.queue) == callers-1
	})
	h.release <- struct{}{}
	if n := <-h.entered; n != callers-1 {
		t.Errorf("the second round trip carried %d checks, want %d", n, callers-1)
	}
	h.release <- struct{}{}
	for range callers {
		if r := <-done; r.Unchecked || r.Limited() {
			t.Errorf("result %+v", r)
		}
	}
}

// TestCallerGoesAway holds that what is on its way is counted and answered.
func TestCallerGoesAway(t *testing.T) {
	b := open(t)
	check(t, b.Store, counter("warm", 10))
	h := hold{entered: make(chan int, 8), release: make(chan struct{})}
	b.cli.AddHook(h)
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan quota.Result, 1)
	go func() {
		r, err := b.Check(ctx, []quota.Check{counter("k", 10)})
		if err != nil {
			t.Error(err)
			r = []quota.Result{{}}
		}
		got <- r[0]
	}()
	<-h.entered
	cancel()
	close(h.release)
	if r := <-got; r.Unchecked || r.States[0].Consumed != 1 {
		t.Errorf("result %+v", r)
	}
}

// await polls a condition with a generous deadline.
func await(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("condition not met in time")
		}
	}
}
