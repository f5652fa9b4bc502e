package redis

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"weir/codecs/dsn"
	"weir/processors/quota"
	"weir/processors/quota/quotatest"
)

// realRedis is the variable with the URL of a real Redis. Tests use its last database, which they empty.
const realRedis = "WEIR_TEST_REDIS"

// realDatabase returns the URL of the database for tests; ok is false where there is none: the test has nothing to do then.
func realDatabase(t *testing.T) (database string, ok bool) {
	t.Helper()
	u, err := url.Parse(os.Getenv(realRedis))
	if err != nil {
		t.Fatal(err)
	}
	if u.Host == "" {
		t.Logf("nothing to do: %s is not set", realRedis)
		return "", false
	}
	u.Path = "/15"
	return u.String(), true
}

// TestRealCases runs what the store decides on a real server: the worked cases, batches, and the ways in which a key or the script fails.
func TestRealCases(t *testing.T) {
	database, ok := realDatabase(t)
	if !ok {
		return
	}
	quotatest.Run(t, func(t *testing.T) quotatest.Backend { return openAt(t, database) })
	for name, f := range map[string]func(*testing.T, *backend){"batches": countOneByOne, "script": scriptIsLoadedAgain, "broken key": brokenKey, "far future": farFuture} {
		t.Run(name, func(t *testing.T) { f(t, openAt(t, database)) })
	}
}

// node is a server of the test's own.
type node struct {
	addr string
	cli  *goredis.Client
	cmd  *exec.Cmd
}

// start runs redis-server with further arguments on a free port.
func start(t *testing.T, args ...string) *node {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &node{addr: l.Addr().String()}
	_, port, _ := net.SplitHostPort(n.addr)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	n.cmd = exec.Command("redis-server", append(args, "--port", port, "--bind", "127.0.0.1")...)
	n.cmd.Dir = t.TempDir()
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.kill)
	n.cli = goredis.NewClient(&goredis.Options{Addr: n.addr})
	t.Cleanup(func() { _ = n.cli.Close() })
	await(t, func() bool { return n.cli.Ping(t.Context()).Err() == nil })
	return n
}

func (n *node) kill() {
	_ = n.cmd.Process.Kill()
	_ = n.cmd.Wait()
}

func (n *node) must(t *testing.T, args ...any) string {
	t.Helper()
	v, err := n.cli.Do(t.Context(), args...).Result()
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return fmt.Sprint(v)
}

// cluster starts three masters.
func cluster(t *testing.T) []*node {
	t.Helper()
	var nodes []*node
	const slots = 16384
	for i := range 3 {
		n := start(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--save", "", "--appendonly", "no")
		n.must(t, "CLUSTER", "ADDSLOTSRANGE", i*slots/3, (i+1)*slots/3-1)
		nodes = append(nodes, n)
	}
	host, port, _ := net.SplitHostPort(nodes[0].addr)
	for _, n := range nodes[1:] {
		n.must(t, "CLUSTER", "MEET", host, port)
	}
	for _, n := range nodes {
		await(t, func() bool {
			info := n.must(t, "CLUSTER", "INFO")
			return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:3")
		})
	}
	return nodes
}

// TestRealCluster holds that counts are exact on a cluster, whose calls are one for each organization, and that they stay so when the nodes
// forget the script and when a slot moves.
func TestRealCluster(t *testing.T) {
	if _, ok := realDatabase(t); !ok {
		return
	}
	nodes := cluster(t)
	s, err := Open(Server{Cluster: []string{nodes[0].addr, "redis://" + nodes[1].addr}}, Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	const orgs, each, limit = 40, 30, 10
	for round := range 3 {
		switch round {
		case 1:
			for _, n := range nodes {
				n.must(t, "SCRIPT", "FLUSH")
			}
		case 2:
			move(t, nodes, clusterKey(2, 0))
		}
		accepted := make([]int, orgs)
		checks := make(chan quota.Check)
		type answer struct{ org, ok, open int }
		answers := make(chan answer, orgs*each)
		for range 32 {
			go func() {
				for c := range checks {
					r, err := s.Check(t.Context(), []quota.Check{c})
					a := answer{org: int(c.Org)}
					if err != nil || r[0].Unchecked {
						a.open = 1
					} else if !r[0].Limited() {
						a.ok = 1
					}
					answers <- a
				}
			}()
		}
		for i := range orgs * each {
			org := i % orgs
			c := counter(clusterKey(round, org), limit)
			c.Org = dsn.OrgID(org)
			checks <- c
		}
		close(checks)
		unchecked := 0
		for range orgs * each {
			a := <-answers
			accepted[a.org] += a.ok
			unchecked += a.open
		}
		for org, n := range accepted {
			if n != limit {
				t.Errorf("round %d: %d accepted for organization %d, want %d", round, n, org, limit)
			}
		}
		if unchecked > 0 {
			t.Errorf("round %d: %d unchecked", round, unchecked)
		}
	}
}

func clusterKey(round, org int) string {
	return "quota:c" + strconv.Itoa(round) + "{" + strconv.Itoa(org) + "}:7"
}

// move hands the empty slot of a key over to another node.
func move(t *testing.T, nodes []*node, key string) {
	t.Helper()
	slot, err := nodes[0].cli.ClusterKeySlot(t.Context(), key).Result()
	if err != nil {
		t.Fatal(err)
	}
	var from, to *node
	for _, n := range nodes {
		id := n.must(t, "CLUSTER", "MYID")
		for _, shard := range n.cli.ClusterShards(t.Context()).Val() {
			mine := slices.ContainsFunc(shard.Nodes, func(x goredis.Node) bool { return x.ID == id })
			if mine && slices.ContainsFunc(shard.Slots, func(r goredis.SlotRange) bool { return r.Start <= slot && slot <= r.End }) {
				from = n
			}
		}
	}
	if from == nil {
		t.Fatalf("no node owns slot %d", slot)
	}
	for _, n := range nodes {
		if n != from {
			to = n
		}
	}
	for _, k := range from.cli.ClusterGetKeysInSlot(t.Context(), int(slot), 1000).Val() {
		from.must(t, "DEL", k)
	}
	owner := to.must(t, "CLUSTER", "MYID")
	to.must(t, "CLUSTER", "SETSLOT", slot, "NODE", owner)
	from.must(t, "CLUSTER", "SETSLOT", slot, "NODE", owner)
}

// TestRealSentinel holds that a store follows its master to the replica that sentinels chose.
func TestRealSentinel(t *testing.T) {
	if _, ok := realDatabase(t); !ok {
		return
	}
	master := start(t, "--save", "")
	host, port, _ := net.SplitHostPort(master.addr)
	replica := start(t, "--save", "", "--replicaof", host+" "+port)
	await(t, func() bool { return strings.Contains(replica.must(t, "INFO", "replication"), "master_link_status:up") })
	conf := t.TempDir() + "/sentinel.conf"
	lines := fmt.Sprintf("sentinel monitor mine %s %s 1\nsentinel down-after-milliseconds mine 300\nsentinel failover-timeout mine 3000\n", host, port)
	if err := os.WriteFile(conf, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	sentinel := start(t, conf, "--sentinel")
	await(t, func() bool {
		list, err := sentinel.cli.Do(t.Context(), "SENTINEL", "REPLICAS", "mine").Slice()
		return err == nil && len(list) == 1
	})
	states := make(chan bool, 64)
	s, err := Open(Server{URL: "redis://mine/0", Sentinels: []string{sentinel.addr}}, Config{Probe: 50 * time.Millisecond, OnState: func(up bool) { states <- up }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for i := range 3 {
		if r := check(t, s, counter("quota:s{1}:7", 10)); r.Unchecked || r.States[0].Consumed != int64(i+1) {
			t.Fatalf("check %d: %+v", i, r)
		}
	}
	if n := master.must(t, "WAIT", 1, 20000); n != "1" {
		t.Fatalf("%s replicas have the counts", n)
	}
	master.kill()
	begin := time.Now()
	var r quota.Result
	await(t, func() bool { r = check(t, s, counter("quota:s{1}:7", 10)); return !r.Unchecked })
	t.Logf("counts again %v after the master was killed, breaker changed %d times", time.Since(begin).Round(time.Millisecond), len(states))
	if r.States[0].Consumed != 4 {
		t.Errorf("the replica counts %+v, want 4", r)
	}
}
