package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"weir/cmd/weir/corpus"
	"weir/topologies/kafka/client"
	"weir/topologies/kafkatest"
)

// realKafkaLibs is the variable with the directory of Kafka's jars, for tests that kill a broker of their own.
const realKafkaLibs = "WEIR_TEST_KAFKA_LIBS"

// ownKafka is a broker that belongs to one test.
type ownKafka struct {
	*child
	dir, libs, port string
}

const kafkaProperties = `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:%[2]s
listeners=PLAINTEXT://127.0.0.1:%[1]s,CONTROLLER://127.0.0.1:%[2]s
advertised.listeners=PLAINTEXT://127.0.0.1:%[1]s
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=%[3]s
num.partitions=1
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
`

// newKafka formats a broker and starts it.
func newKafka(t *testing.T, libs string) *ownKafka {
	t.Helper()
	k := &ownKafka{dir: t.TempDir(), libs: libs, port: kafkatest.FreePort(t)}
	properties := fmt.Sprintf(kafkaProperties, k.port, kafkatest.FreePort(t), filepath.Join(k.dir, "data"))
	if err := os.WriteFile(filepath.Join(k.dir, "server.properties"), []byte(properties), 0o644); err != nil {
		t.Fatal(err)
	}
	format := k.java("kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", "server.properties")
	if out, err := format.CombinedOutput(); err != nil {
		t.Fatalf("format: %v\n%s", err, out)
	}
	k.start(t)
	return k
}

func (k *ownKafka) java(args ...string) *exec.Cmd {
	cmd := exec.Command("java", append([]string{"-Xmx512m", "-cp", k.libs + "/*"}, args...)...)
	cmd.Dir = k.dir
	return cmd
}

// start starts the broker and waits until it serves.
func (k *ownKafka) start(t *testing.T) {
	t.Helper()
	k.child = startChild(t, "kafka", k.java("kafka.Kafka", "server.properties"))
	eventually(t, "Kafka answers", func() bool {
		if !k.alive() {
			t.Fatalf("Kafka ended: %v\n%s", k.err, tail(k.output(), 4000))
		}
		adm, done, err := k.cluster().Admin()
		if err != nil {
			return false
		}
		defer done()
		brokers, err := adm.ListBrokers(t.Context())
		return err == nil && len(brokers) == 1
	})
}

func (k *ownKafka) cluster() client.Config {
	return client.Config{Brokers: []string{"127.0.0.1:" + k.port}}
}

// SIGKILL of the broker under load: the edge answers 503, all processes stay up, and when the broker is back everything that was answered
// 200 arrives.
func TestRealKilledBroker(t *testing.T) {
	r, ok := newReal(t)
	libs := os.Getenv(realKafkaLibs)
	if !ok || libs == "" {
		t.Logf("nothing to do: %s is not set", realKafkaLibs)
		return
	}
	k := newKafka(t, libs)
	r.cluster = k.cluster()
	r.configure(t)
	edge := r.start(t, "edge", "", "edge")
	workers := []*realServer{r.start(t, "worker-0", "0", "process"), r.start(t, "worker-1", "", "process")}
	r.members(t, 2)
	edge.knows(t, corpus.Key)
	out := readIngested(t, r.cluster, true, eventTopics(r.prefix)...)
	const rate = 200
	tr := startTraffic(t, edge.base, corpus.Project, corpus.Key, rate)
	tr.more(t, 2*rate)
	for range 2 {
		_, earlier := tr.answers()
		k.kill()
		killed := time.Now()
		eventually(t, "senders are told 503", func() bool { _, codes := tr.answers(); return codes[503] > earlier[503] })
		said := time.Since(killed)
		k.start(t)
		back, before := time.Now(), out.distinct()
		tr.more(t, 1)
		accepts := time.Since(back)
		eventually(t, "events arrive again", func() bool { return out.distinct() > before })
		t.Logf("broker killed: first 503 after %v, back after %v; the edge accepts %v later, events arrive %v later", said.Round(time.Millisecond),
			back.Sub(killed).Round(time.Millisecond), accepts.Round(time.Millisecond), time.Since(back).Round(time.Millisecond))
		tr.more(t, 2*rate)
	}
	tr.stop()
	acked, codes := tr.answers()
	eventually(t, "everything that was accepted is at the output", func() bool { n, _ := out.missing(acked); return n == 0 })
	s := r.settled(t)
	for _, p := range append(workers, edge) {
		if !p.alive() {
			t.Errorf("%s ended: %v", p.name, p.err)
		}
	}
	t.Logf("%d accepted, 0 missing, %d duplicates, answers %v; %+v", len(acked), out.duplicates(), codes, s.Envelopes)
}

// ownRedis starts a Redis that keeps nothing on disk.
func ownRedis(t *testing.T, port string) *child {
	t.Helper()
	c := startChild(t, "redis", exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"))
	eventually(t, "Redis answers", func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
	return c
}

// quotaState is a project that takes three errors an hour; its hours begin where its organization says.
const quotaState = `{"organizationId":%d,"publicKeys":[{"publicKey":%q,"numericId":7}],"config":{"allowedDomains":["*"],
"quotas":[{"id":"three","categories":["error"],"scope":"key","limit":3,"window":3600,"reasonCode":"three_an_hour"}]}}`

// Redis goes away: events pass unchecked, nothing waits for it, nothing is lost. Redis comes back: quotas hold again.
func TestRealRedisGone(t *testing.T) {
	r, ok := newReal(t)
	if _, err := exec.LookPath("redis-server"); !ok || err != nil {
		t.Logf("nothing to do: %v", err)
		return
	}
	port := kafkatest.FreePort(t)
	r.redis = "redis://127.0.0.1:" + port
	r.configure(t)
	r.project(t, freePlan.id, fmt.Appendf(nil, quotaState, time.Now().Unix(), freePlan.key))
	redis := ownRedis(t, port)
	weir := r.start(t, "run", "", "run")
	weir.knows(t, freePlan.key)
	out := readIngested(t, r.cluster, true, eventTopics(r.prefix)...)
	total, refused := 0, 0
	send := func() int {
		total++
		body := fmt.Sprintf("{\"event_id\":\"%032x\"}\n{\"type\":\"event\"}\n{\"message\":\"hello\"}\n", total)
		status := post(t, http.MethodPost, fmt.Sprintf("%s/api/%d/envelope/?sentry_key=%s", weir.base, freePlan.id, freePlan.key), nil, []byte(body)).status
		switch status {
		case 429:
			refused++
		case 200:
		default:
			t.Fatalf("status %d", status)
		}
		return status
	}
	for range 2 {
		send()
	}
	eventually(t, "two events arrive", func() bool { return out.distinct() == 2 })

	redis.kill()
	const unchecked = 20
	begin := time.Now()
	for range unchecked {
		if status := send(); status != 200 {
			t.Errorf("status %d without Redis", status)
		}
	}
	eventually(t, "events pass without Redis", func() bool { return out.distinct() == 2+unchecked })
	t.Logf("%d events without Redis arrive within %v", unchecked, time.Since(begin).Round(time.Millisecond))
	eventually(t, "the process is ready without Redis", func() bool {
		return post(t, http.MethodGet, weir.base+"/api/relay/healthcheck/ready/", nil, nil).status == 200
	})

	ownRedis(t, port)
	begin = time.Now()
	eventually(t, "the quota holds again", func() bool { return send() == 429 })
	t.Logf("the quota holds again %v after Redis is back, %d further events", time.Since(begin).Round(time.Millisecond), total-2-unchecked)
	s := r.settled(t)
	// Until the store is found again, some more pass unchecked; three are counted anew by a Redis that forgot the first two.
	if s.Unchecked < unchecked || s.Items.Accepted != 2+s.Unchecked+3 || s.Envelopes.Duplicates != 0 || s.Items.Dead != 0 || s.Items.Accepted != uint64(out.distinct()) {
		t.Errorf("%d unchecked, %d at the output; %+v %+v", s.Unchecked, out.distinct(), s.Envelopes, s.Items)
	}
	if !weir.alive() {
		t.Errorf("the process ended: %v", weir.err)
	}
	t.Logf("%d sent, %d refused, %d unchecked; %+v %+v", total, refused, s.Unchecked, s.Envelopes, s.Items)
}
