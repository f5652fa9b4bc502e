package broker_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/codecs/topic"
	"weir/topologies/kafka/broker"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/lag"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/topics"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

const size = 10_000 // of a value, incompressible enough to be sent as it is

func start(t *testing.T, cfg broker.Config) *broker.Broker {
	t.Helper()
	cfg.Log, cfg.Every = kafkatest.Log(t), time.Hour // rounds are made by hand
	b, err := broker.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func newProducer(t *testing.T, cluster client.Config) *producer.Producer {
	t.Helper()
	p, err := producer.New(cluster, producer.Config{Opts: client.Compression(kgo.NoCompression())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = p.Close(ctx)
	})
	return p
}

// fill writes n numbered records.
func fill(t *testing.T, p *producer.Producer, topic string, from, n int) {
	t.Helper()
	var recs []*kgo.Record
	for i := from; i < from+n; i++ {
		recs = append(recs, &kgo.Record{Topic: topic, Key: fmt.Append(nil, i), Value: bytes.Repeat(fmt.Append(nil, i, " "), size)[:size]})
	}
	if err := p.Sync(t.Context(), recs...); err != nil {
		t.Fatal(err)
	}
}

func commit(t *testing.T, cluster client.Config, group, topic string, at int64) {
	t.Helper()
	adm := kadm.NewClient(kafkatest.Client(t, cluster))
	os := kadm.Offsets{}
	os.Add(kadm.Offset{Topic: topic, At: at, LeaderEpoch: -1})
	if err := adm.CommitAllOffsets(t.Context(), group, os); err != nil {
		t.Fatal(err)
	}
}

func clean(t *testing.T, b *broker.Broker) broker.Stats {
	t.Helper()
	if err := b.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b.Stats()
}

func position(t *testing.T, cluster client.Config, topic string) lag.Partition {
	t.Helper()
	ps, err := lag.Read(t.Context(), cluster, lag.Group{Name: "pipeline", Topics: []string{topic}})
	if err != nil {
		t.Fatal(err)
	}
	return ps[0]
}

func declare(t *testing.T, b *broker.Broker, names ...string) {
	t.Helper()
	var ts []topics.Topic
	for _, n := range names {
		ts = append(ts, topics.Topic{Name: n, Partitions: 1, Retention: time.Millisecond})
	}
	if _, err := topics.Apply(t.Context(), b.Client(), ts); err != nil {
		t.Fatal(err)
	}
}

// What a declared reader has not finished stays, however old and however much; what it has goes, but for the window.
func TestJanitorDeletesOnlyWhatIsRead(t *testing.T) {
	b := start(t, broker.Config{Window: 1 << 20, MaxBytes: 64 << 20, Readers: []lag.Group{{Name: "pipeline", Topics: []string{"raw"}}}})
	declare(t, b, "raw", "ingest-events")
	p := newProducer(t, b.Client())
	fill(t, p, "raw", 0, 1000) // 10 MB
	if s := clean(t, b); s.Bytes < 1000*size || s.Unread != s.Bytes {
		t.Fatalf("%+v", s)
	}
	if at := position(t, b.Client(), "raw"); at.Start != 0 || at.Lag != 1000 {
		t.Fatalf("%+v", at)
	}
	commit(t, b.Client(), "pipeline", "raw", 600)
	s := clean(t, b)
	at := position(t, b.Client(), "raw")
	if at.Start < 400 || at.Start > 600 || at.Lost != 0 || at.Lag != 400 {
		t.Fatalf("%+v", at)
	}
	if s.Bytes > 8<<20 || s.Unread < 400*size {
		t.Fatalf("%+v", s)
	}
	fill(t, p, "ingest-events", 0, 1000) // nobody reads it: the window bounds it
	if s := clean(t, b); s.Bytes > 400*size+4<<20 {
		t.Fatalf("%+v", s)
	}
	// The rest of raw can still be read.
	n := 0
	kafkatest.Consume(t, b.Client(), "raw", func(r *kgo.Record) bool {
		if r.Offset >= 600 {
			if got := string(r.Key); got != fmt.Sprint(r.Offset) || !bytes.HasPrefix(r.Value, r.Key) {
				t.Fatalf("offset %d has key %s", r.Offset, got)
			}
			n++
		}
		return n == 400
	})
}

// At the bound new input fails at once, outputs are taken, and there is room again when the input has been read.
func TestFullRefusesInputOnly(t *testing.T) {
	b := start(t, broker.Config{Window: 1 << 20, MaxBytes: 16 << 20, Entry: []string{"raw"}, Readers: []lag.Group{{Name: "pipeline", Topics: []string{"raw"}}}})
	declare(t, b, "raw", "ingest-events")
	p := newProducer(t, b.Client())
	fill(t, p, "raw", 0, 500)
	if s := clean(t, b); s.Full {
		t.Fatalf("full too early: %+v", s)
	}
	fill(t, p, "raw", 500, 500) // 10 MB unread become as much output
	if s := clean(t, b); !s.Full || !b.Full() {
		t.Fatalf("not full: %+v", s)
	}
	begin := time.Now()
	for range 3 {
		if err := p.Sync(t.Context(), &kgo.Record{Topic: "raw", Value: []byte("x")}); !errors.Is(err, kerr.PolicyViolation) {
			t.Fatalf("input while full: %v", err)
		}
	}
	t.Logf("three refusals took %v", time.Since(begin))
	fill(t, p, "ingest-events", 0, 300)
	commit(t, b.Client(), "pipeline", "raw", 1000)
	if s := clean(t, b); s.Full {
		t.Fatalf("still full: %+v", s)
	}
	fill(t, p, "raw", 1000, 100) // the same producer
	if at := position(t, b.Client(), "raw"); at.End != 1100 || at.Lag != 100 {
		t.Fatalf("%+v", at)
	}
}

// A reader that is not declared counts while it is there.
func TestForeignReaderCountsWhileItLives(t *testing.T) {
	b := start(t, broker.Config{Window: 1 << 16, MaxBytes: 64 << 20})
	declare(t, b, "ingest-events")
	p := newProducer(t, b.Client())
	cl := kafkatest.Client(t, b.Client(), kgo.ConsumerGroup("foreign"), kgo.ConsumeTopics("ingest-events"), kgo.DisableAutoCommit())
	fill(t, p, "ingest-events", 0, 300)
	recs := cl.PollFetches(t.Context()).Records()
	if err := cl.CommitRecords(t.Context(), recs[:min(50, len(recs))]...); err != nil {
		t.Fatal(err)
	}
	clean(t, b)
	if at := position(t, b.Client(), "ingest-events"); at.Start > 50 {
		t.Fatalf("%+v", at)
	}
	cl.Close()
	kafkatest.Eventually(t, "cut after it left", func() bool {
		clean(t, b)
		return position(t, b.Client(), "ingest-events").Start > 200
	})
}

func TestOneProcessADirectory(t *testing.T) {
	dir := t.TempDir()
	first := start(t, broker.Config{Dir: dir})
	if _, err := broker.Start(broker.Config{Dir: dir, Log: kafkatest.Log(t)}); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Fatalf("second: %v", err)
	}
	first.Close()
	start(t, broker.Config{Dir: dir}).Close()
}

// child makes this test binary a process with a broker in dir, until it is killed.
const child = "WEIR_TEST_BROKER_DIR"

func TestMain(m *testing.M) {
	dir := os.Getenv(child)
	if dir == "" {
		os.Exit(m.Run())
	}
	b, err := broker.Start(broker.Config{Dir: dir, Log: kafkatest.Discard()})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println(b.Client().Brokers[0])
	select {}
}

func spawn(t *testing.T, dir string) (cluster client.Config, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), child+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || strings.HasPrefix(line, "error") {
		t.Fatalf("child: %q %v", line, err)
	}
	return client.Config{Brokers: []string{strings.TrimSpace(line)}}, kill
}

// SIGKILL, again and again: everything acknowledged and committed is there, what was deleted does not bring offsets
// back, half a batch at the end is cut off, and nothing stays locked.
func TestKilledAndStartedAgain(t *testing.T) {
	dir := t.TempDir()
	names := topic.NamesIn("t-")
	n := 0
	for round := range 3 {
		cluster, kill := spawn(t, dir)
		if _, err := topics.Apply(t.Context(), cluster, []topics.Topic{{Name: names.Raw, Partitions: 1}, {Name: names.Ledger, Partitions: 1}}); err != nil {
			t.Fatal(err)
		}
		if at := position(t, cluster, names.Raw); at.End != int64(n) {
			t.Fatalf("round %d: %+v, %d were acknowledged", round, at, n)
		}
		p := newProducer(t, cluster)
		fill(t, p, names.Raw, n, 1500) // several segments
		n += 1500
		commit(t, cluster, "pipeline", names.Raw, int64(n-100))
		adm := kadm.NewClient(kafkatest.Client(t, cluster))
		del := kadm.Offsets{}
		del.Add(kadm.Offset{Topic: names.Raw, At: int64(n - 1)})
		if round == 1 {
			if _, err := adm.DeleteRecords(t.Context(), del); err != nil {
				t.Fatal(err)
			}
		}
		kill()
		tear(t, filepath.Join(dir, "partitions", names.Raw+"-0"))
	}
	b := start(t, broker.Config{Dir: dir})
	kafkatest.Consume(t, b.Client(), names.Raw, func(r *kgo.Record) bool {
		if string(r.Key) != fmt.Sprint(r.Offset) {
			t.Fatalf("offset %d has key %s", r.Offset, r.Key)
		}
		return r.Offset == int64(n-1)
	})
	ps, err := lag.Read(t.Context(), b.Client(), lag.Group{Name: "pipeline", Topics: []string{names.Raw}})
	if err != nil || ps[0].Lag != 100 {
		t.Fatalf("%+v %v", ps, err)
	}
}

// tear appends what a process killed in the middle of a write leaves behind.
func tear(t *testing.T, dir string) {
	t.Helper()
	es, err := filepath.Glob(filepath.Join(dir, "*.dat"))
	if err != nil || len(es) == 0 {
		t.Fatal(err, es)
	}
	slices.SortFunc(es, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	whole, err := os.ReadFile(es[0])
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(es[len(es)-1], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(whole[:500]); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
