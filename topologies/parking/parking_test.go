package parking

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/codecs/topic"
	"weir/topologies/kafka/client"
	"weir/topologies/kafkatest"
	"weir/topologies/rawrecord"

	"github.com/twmb/franz-go/pkg/kgo"
)

var names = topic.NamesIn("t-")

// table is a Projects of the test's making.
type table struct {
	mu     sync.Mutex
	known  map[dsn.PublicKey]project.Status
	global bool
	asked  map[dsn.PublicKey]int
	watch  []func(string)
}

func newTable() *table {
	return &table{known: map[dsn.PublicKey]project.Status{}, asked: map[dsn.PublicKey]int{}, global: true}
}

func (v *table) Lookup(key dsn.PublicKey) (*project.State, project.Status) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return nil, v.known[key]
}

func (v *table) Request(key dsn.PublicKey) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.asked[key]++
}

func (v *table) Global() (*project.Global, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return project.DefaultGlobal(), v.global
}

func (v *table) OnChange(f func(string)) func() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.watch = append(v.watch, f)
	return func() {}
}

func (v *table) set(key string, change func()) {
	v.mu.Lock()
	change()
	watch := v.watch
	v.mu.Unlock()
	for _, f := range watch {
		f(key)
	}
}

func (v *table) learn(key dsn.PublicKey, s project.Status) {
	v.set(string(key), func() { v.known[key] = s })
}

func key(i int) dsn.PublicKey { return dsn.PublicKey(fmt.Sprintf("%032d", i)) }

// park writes n records of key, received age ago.
func park(t *testing.T, cluster client.Config, k dsn.PublicKey, n int, age time.Duration, size int) {
	t.Helper()
	var recs []*kgo.Record
	for i := range n {
		at := time.Now().Add(-age)
		key, value, headers := raw.Encode(&raw.Record{Receipt: raw.NewReceipt(at, [10]byte{byte(i), byte(i >> 8)}), Key: k, ReceivedAt: at, ParkedAt: at,
			Items: 1, Body: []byte(strings.Repeat("x", size))})
		r := &kgo.Record{Topic: names.Parked, Key: key, Value: value}
		for _, h := range headers {
			r.Headers = append(r.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
		}
		recs = append(recs, r)
	}
	kafkatest.Produce(t, kafkatest.Client(t, cluster), recs...)
}

func start(t *testing.T, cluster client.Config, v *table, change func(*Config)) (stop func() error) {
	t.Helper()
	cfg := Config{Cluster: cluster, Names: names, Group: "t-parking", Projects: v, Clock: time.Now, Log: kafkatest.Log(t)}
	if change != nil {
		change(&cfg)
	}
	g, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return kafkatest.Start(t, g.Run)
}

// released reads until n records were released and returns their keys.
func released(t *testing.T, cluster client.Config, n int) map[dsn.PublicKey]int {
	t.Helper()
	got, total := map[dsn.PublicKey]int{}, 0
	kafkatest.Consume(t, cluster, names.Released, func(r *kgo.Record) bool {
		rec := rawrecord.Decode(r)
		if rec.Err != nil || rec.ParkedAt.IsZero() {
			t.Errorf("released %v: %v", rec, rec.Err)
		}
		got[rec.Key]++
		total++
		return total == n
	})
	return got
}

func TestKnownKeysAreReleased(t *testing.T) {
	cluster, v := kafkatest.Cluster(t, 4, names.Parked, names.Released), newTable()
	start(t, cluster, v, nil)
	park(t, cluster, key(1), 20, 0, 100)
	park(t, cluster, key(2), 20, 0, 100)
	park(t, cluster, key(3), 20, 0, 100)
	kafkatest.Eventually(t, "all keys are asked for", func() bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		return len(v.asked) == 3
	})
	began := time.Now()
	v.learn(key(1), project.Enabled)
	v.learn(key(3), project.Disabled)
	got := released(t, cluster, 40)
	if got[key(1)] != 20 || got[key(3)] != 20 {
		t.Errorf("released %v", got)
	}
	t.Logf("released after %v", time.Since(began))
}

// A record waits for the project of its trace header as well (pipeline 1 step 3).
func TestTraceKeysAreWaitedFor(t *testing.T) {
	cluster, v := kafkatest.Cluster(t, 2, names.Parked, names.Released), newTable()
	v.known[key(1)] = project.Enabled
	start(t, cluster, v, nil)
	at := time.Now()
	k, value, headers := raw.Encode(&raw.Record{Receipt: raw.NewReceipt(at, [10]byte{1}), Key: key(1), Sampling: key(2), ReceivedAt: at, ParkedAt: at, Body: []byte("x")})
	rec := &kgo.Record{Topic: names.Parked, Key: k, Value: value}
	for _, h := range headers {
		rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
	}
	kafkatest.Produce(t, kafkatest.Client(t, cluster), rec)
	kafkatest.Eventually(t, "the trace key is asked for", func() bool { v.mu.Lock(); defer v.mu.Unlock(); return v.asked[key(2)] == 1 })
	park(t, cluster, key(1), 1, 0, 1) // goes at once: only the trace key is missing
	released(t, cluster, 1)
	v.learn(key(2), project.Disabled)
	released(t, cluster, 2)
}

func TestNothingGoesBeforeTheGlobalConfig(t *testing.T) {
	cluster, v := kafkatest.Cluster(t, 2, names.Parked, names.Released), newTable()
	v.global = false
	v.known[key(1)] = project.Enabled
	start(t, cluster, v, nil)
	park(t, cluster, key(1), 5, 0, 100)
	kafkatest.Eventually(t, "asked", func() bool { v.mu.Lock(); defer v.mu.Unlock(); return v.asked[key(1)] == 5 })
	v.set("@global", func() { v.global = true })
	released(t, cluster, 5)
}

// What waits too long is parked again, so that commits go on, and keeps what it says.
func TestParkedAgain(t *testing.T) {
	cluster, v := kafkatest.Cluster(t, 2, names.Parked, names.Released), newTable()
	start(t, cluster, v, func(c *Config) { c.First, c.Again = 100*time.Millisecond, 200*time.Millisecond })
	park(t, cluster, key(1), 10, 0, 100)
	kafkatest.Eventually(t, "commits go on", func() bool { return kafkatest.Committed(t, cluster, "t-parking", names.Parked) >= 30 })
	v.learn(key(1), project.Enabled)
	if got := released(t, cluster, 10); got[key(1)] != 10 {
		t.Errorf("released %v", got)
	}
}

func TestOldRecordsAreReleasedUnknown(t *testing.T) {
	cluster, v := kafkatest.Cluster(t, 2, names.Parked, names.Released), newTable()
	start(t, cluster, v, func(c *Config) { c.First, c.Again, c.MaxAge = time.Minute, time.Minute, 2*time.Second })
	park(t, cluster, key(1), 3, time.Hour, 100)
	park(t, cluster, key(2), 3, 0, 100)
	if got := released(t, cluster, 6); got[key(1)] != 3 || got[key(2)] != 3 {
		t.Errorf("released %v", got)
	}
}

// A stop parks again what waits; nothing is lost and nothing is released twice.
func TestStopAndGoOn(t *testing.T) {
	cluster, v := kafkatest.Cluster(t, 2, names.Parked, names.Released), newTable()
	stop := start(t, cluster, v, nil)
	park(t, cluster, key(1), 10, 0, 100)
	park(t, cluster, key(2), 10, 0, 100)
	kafkatest.Eventually(t, "all wait", func() bool { v.mu.Lock(); defer v.mu.Unlock(); return v.asked[key(1)]+v.asked[key(2)] == 20 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if n := kafkatest.Committed(t, cluster, "t-parking", names.Parked); n != 20 {
		t.Errorf("%d committed", n)
	}
	start(t, cluster, v, nil)
	v.learn(key(1), project.Enabled)
	v.learn(key(2), project.Enabled)
	if got := released(t, cluster, 20); got[key(1)] != 10 || got[key(2)] != 10 {
		t.Errorf("released %v", got)
	}
}

// A flood of one unknown project does not keep another one from being released.
func TestFloodDoesNotBlockOthers(t *testing.T) {
	cluster, v := kafkatest.Cluster(t, 1, names.Parked, names.Released), newTable()
	v.known[key(2)] = project.Enabled
	start(t, cluster, v, func(c *Config) { c.First, c.Again, c.MaxBytes = 50*time.Millisecond, time.Hour, 1<<20 })
	park(t, cluster, key(1), 400, time.Minute, 10_000)
	park(t, cluster, key(2), 1, 0, 100)
	if got := released(t, cluster, 1); got[key(2)] != 1 {
		t.Errorf("released %v", got)
	}
}
