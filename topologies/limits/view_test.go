package limits

import (
	"context"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/outcome"
	"weir/codecs/ratelimit"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafkatest"
)

const key = dsn.PublicKey("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")

func scope(k dsn.PublicKey) dsn.Scoping { return dsn.Scoping{Org: 1, Project: 42, Key: k} }

func start(t *testing.T, cluster client.Config) *View {
	t.Helper()
	out, err := producer.New(cluster, producer.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = out.Close(context.Background()) })
	v, err := New(Config{Cluster: cluster, Topic: "rate-limits", Out: out, Clock: time.Now, Log: kafkatest.Log(t)})
	if err != nil {
		t.Fatal(err)
	}
	kafkatest.Start(t, v.Run)
	return v
}

// What one process learns is known there at once and in another one soon.
func TestLimitsTravel(t *testing.T) {
	cluster := kafkatest.Cluster(t, 2, "rate-limits")
	worker, edge := start(t, cluster), start(t, cluster)
	now := time.Now()
	of := func(kind ratelimit.ScopeKind, c outcome.Category, d time.Duration) ratelimit.Limit {
		return ratelimit.Limit{Categories: []outcome.Category{c}, Reason: "get_lost", Expires: now.Add(d),
			Scope: ratelimit.ScopeOf(kind, dsn.Scoping{Org: 1, Project: 42, Key: key})}
	}
	dimensional := of(ratelimit.ScopeKey, outcome.Monitor, time.Minute)
	dimensional.Dimensional = true
	if err := worker.Learn(t.Context(), []ratelimit.Limit{of(ratelimit.ScopeKey, outcome.Transaction, time.Minute),
		of(ratelimit.ScopeOrganization, outcome.Error, time.Minute), of(ratelimit.ScopeProject, outcome.Error, -time.Second), dimensional}); err != nil {
		t.Fatal(err)
	}
	got := worker.For(scope(key), now)
	if h := ratelimit.Header(got, now); h != "60:transaction;span:key:get_lost, 60:error:organization:get_lost" {
		t.Errorf("at once: %s", h)
	}
	kafkatest.Eventually(t, "the other process knows", func() bool { return len(edge.For(scope(key), now)) == 2 })
	if l := edge.For(scope("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"), now); len(l) != 1 {
		t.Errorf("another key of the organization: %v", l)
	}
	if l := edge.For(scope(key), now.Add(time.Minute+time.Millisecond)); len(l) != 0 {
		t.Errorf("expired: %v", l)
	}
	// An earlier expiry does not shorten a limit.
	if err := worker.Learn(t.Context(), []ratelimit.Limit{of(ratelimit.ScopeOrganization, outcome.Error, time.Second)}); err != nil {
		t.Fatal(err)
	}
	if l := worker.For(scope(key), now.Add(30*time.Second)); len(l) != 2 {
		t.Errorf("shortened: %v", l)
	}
	worker.drop(now.Add(time.Hour))
	if len(worker.All(now)) != 0 || worker.rows.Len() != 0 {
		t.Error("expired limits stay in memory")
	}
}

func TestStaleRecordsAreIgnored(t *testing.T) {
	cluster := kafkatest.Cluster(t, 1, "rate-limits")
	v := start(t, cluster)
	if err := v.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := v.decode(nil, []byte(`{`)); ok {
		t.Error("broken record taken")
	}
	_, old := ratelimit.EncodeRecord(ratelimit.Limit{Scope: ratelimit.Scope{Kind: ratelimit.ScopeKey, Key: key}, Expires: time.Now().Add(-time.Second)})
	if _, ok := v.decode(nil, old); ok {
		t.Error("expired record taken")
	}
}

func BenchmarkFor(b *testing.B) {
	v := &View{index: map[ratelimit.Scope][]ratelimit.Limit{}}
	scope, now := dsn.Scoping{Org: 1, Project: 42, Key: key}, time.Now()
	v.index[ratelimit.ScopeOf(ratelimit.ScopeOrganization, dsn.Scoping{Org: 2})] = []ratelimit.Limit{{Expires: now.Add(time.Hour)}}
	b.ReportAllocs()
	for b.Loop() {
		if v.For(scope, now) != nil {
			b.Fatal("found")
		}
	}
}

// Limits come in the order in which they were found, whatever they are limits of, and one that is found again keeps its place.
func TestOrderOfDiscovery(t *testing.T) {
	cluster := kafkatest.Cluster(t, 2, "rate-limits")
	worker, edge := start(t, cluster), start(t, cluster)
	now := time.Now()
	list := make([]ratelimit.Limit, 3)
	for i, kind := range []ratelimit.ScopeKind{ratelimit.ScopeKey, ratelimit.ScopeOrganization, ratelimit.ScopeProject} {
		list[i] = ratelimit.Limit{Scope: ratelimit.ScopeOf(kind, scope(key)), Categories: []outcome.Category{outcome.Error}, Expires: now.Add(time.Minute)}
	}
	for _, learned := range [][]ratelimit.Limit{list[:2], list[2:]} {
		if err := worker.Learn(t.Context(), learned); err != nil {
			t.Fatal(err)
		}
	}
	list[0].Expires = now.Add(2 * time.Minute)
	if err := worker.Learn(t.Context(), list[:1]); err != nil {
		t.Fatal(err)
	}
	for _, v := range []*View{worker, edge} {
		kafkatest.Eventually(t, "all limits are known", func() bool {
			got := v.For(scope(key), now)
			return len(got) == 3 && got[0].Expires.Unix() == list[0].Expires.Unix()
		})
		for i, l := range v.For(scope(key), now) {
			if l.Scope != list[i].Scope {
				t.Errorf("place %d: %+v", i, l)
			}
		}
	}
}
