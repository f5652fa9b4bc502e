package edge_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"weir/codecs/topic"
	"weir/edge/health"
	"weir/edge/producer"
	"weir/edge/server"
)

const patience = 30 * time.Second

// until waits for a condition that another goroutine brings about.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); {
		if time.Now().After(deadline) {
			t.Fatal("never: ", what)
		}
		runtime.Gosched()
	}
}

// A broker that takes nothing more fills the producer's budget: senders get 503 with Retry-After, readiness turns bad, no more memory is
// used, and all of it ends with the outage. What was answered 200 is on the broker, nothing else is counted as accepted.
func TestBrokerAway(t *testing.T) {
	names := topic.NamesIn("pressure-")
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, names.Raw, names.Blobs))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	gate := make(chan struct{})
	release := sync.OnceFunc(func() { close(gate) })
	defer release()
	cluster.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		cluster.SleepControl(func() { <-gate })
		return nil, nil, false
	})
	const budget = 256 << 10
	writer, err := producer.New(producer.Config{Topics: names, Client: []kgo.Opt{kgo.SeedBrokers(cluster.ListenAddrs()...)}, AckTimeout: patience, MaxBytes: budget, ChunkBytes: 64 << 10,
		Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s := defaults()
	s.writer = writer
	s.probes = []health.Probe{{Name: "spool health", Check: func(context.Context) error { return writer.Room() }}}
	s.refresh = 10 * time.Millisecond
	st := newStack(t, s)
	st.know(t, testKey, fmt.Sprintf(stateOf42, "{}"))
	ready := func() int {
		resp, err := st.Client().Get(st.URL + "/api/relay/healthcheck/ready/")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	until(t, "ready", func() bool { return ready() == 200 })
	body := "{}\n{\"type\":\"event\"}\n" + `{"message":"` + strings.Repeat("x", 30<<10) + "\"}\n"
	var mu sync.Mutex
	answers := map[int]int{}
	var wg sync.WaitGroup
	send := func() {
		wg.Go(func() {
			resp, text := post(t, st, "/api/42/envelope/?sentry_key="+testKey, body)
			if resp.StatusCode == 503 && (resp.Header.Get("Retry-After") == "" || !strings.Contains(text, "envelope buffer does not have capacity")) {
				t.Errorf("%v %s", resp.Header, text)
			}
			mu.Lock()
			defer mu.Unlock()
			answers[resp.StatusCode]++
		})
	}
	const first = 20
	for range first {
		send()
	}
	until(t, "refusals", func() bool { mu.Lock(); defer mu.Unlock(); return answers[503] > 0 })
	until(t, "not ready", func() bool { return ready() == 503 })
	if used, limit := writer.Buffered(); used > limit || writer.Waiting() == 0 {
		t.Errorf("%d bytes of %d, %d records wait", used, limit, writer.Waiting())
	}
	release()
	wg.Wait()
	until(t, "ready again", func() bool { return ready() == 200 })
	send()
	wg.Wait()
	if answers[200]+answers[503] != first+1 || answers[200] < 2 {
		t.Errorf("answers %v", answers)
	}
	_, refusals := st.take()
	if len(refusals) != answers[503] {
		t.Errorf("%d refusals accounted for, %d answered", len(refusals), answers[503])
	}
	if used, _ := writer.Buffered(); used != 0 || writer.Waiting() != 0 || st.budget.Used() != 0 {
		t.Errorf("%d bytes, %d records, %d bytes of bodies stay in use", used, writer.Waiting(), st.budget.Used())
	}
	if end, err := lastOffset(t.Context(), cluster.ListenAddrs(), names.Raw); err != nil || end != int64(answers[200]) {
		t.Errorf("%d records written, %d answered with 200: %v", end, answers[200], err)
	}
	if err := writer.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// lastOffset returns the end of partition 0.
func lastOffset(ctx context.Context, addrs []string, topic string) (int64, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(addrs...))
	if err != nil {
		return 0, err
	}
	defer client.Close()
	req := kmsg.NewPtrListOffsetsRequest()
	tp := kmsg.NewListOffsetsRequestTopic()
	tp.Topic = topic
	part := kmsg.NewListOffsetsRequestTopicPartition()
	part.Timestamp = -1
	tp.Partitions = append(tp.Partitions, part)
	req.Topics = append(req.Topics, tp)
	resp, err := req.RequestWith(ctx, client)
	if err != nil {
		return 0, err
	}
	return resp.Topics[0].Partitions[0].Offset, nil
}

// Memory that runs out refuses requests and readiness until there is some again.
func TestMemoryWatermark(t *testing.T) {
	s := defaults()
	s.refresh = 10 * time.Millisecond
	st := newStack(t, s)
	answer := func() (post1, ready int, retry string) {
		resp, _ := post(t, st, "/api/42/envelope/?sentry_key="+testKey, eventEnvelope)
		r, err := st.Client().Get(st.URL + "/api/relay/healthcheck/ready/")
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		return resp.StatusCode, r.StatusCode, resp.Header.Get("Retry-After")
	}
	for _, ok := range []bool{true, false, true} {
		st.memory.Store(ok)
		want := map[bool]int{true: 200, false: 503}[ok]
		until(t, fmt.Sprint(want), func() bool {
			accepted, ready, retry := answer()
			if accepted != want || (retry == "") != ok {
				t.Fatalf("memory %v: %d, Retry-After %q", ok, accepted, retry)
			}
			return ready == want
		})
	}
}

// Thousands of connections that send nothing, half a header or half a body neither keep others from being answered nor take more memory
// than is configured for bodies and some KiB each.
func TestCrowd(t *testing.T) {
	st := newStack(t, defaults())
	l, err := server.Listen(t.Context(), "127.0.0.1:0", server.Sockets{})
	if err != nil {
		t.Fatal(err)
	}
	srv := server.New(l, st.Config.Handler, server.Connections{HeaderTimeout: time.Hour, BodyTimeout: time.Hour}, time.Now, slog.New(slog.DiscardHandler))
	done := make(chan error, 1)
	go func() { done <- srv.Serve() }()
	crowd := min(5000, (openFiles()-300)/2) // both ends are in this process
	if crowd < 100 {
		t.Fatalf("only %d connections are possible", crowd)
	}
	before := inUse()
	conns := make([]net.Conn, crowd)
	bodies := 0
	for i := range conns {
		if conns[i], err = net.Dial("tcp", srv.Addr().String()); err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		switch i % 3 {
		case 1:
			fmt.Fprint(conns[i], "POST /api/42/envelope/ HTTP/1.1\r\nHo")
		case 2:
			bodies++
			fmt.Fprintf(conns[i], "POST /api/42/envelope/?sentry_key=%s HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n{", testKey)
		}
	}
	const smallest = 16 << 10 // of a body's buffer
	until(t, "all bodies begun", func() bool { return st.budget.Used() >= int64(bodies*smallest) })
	const healthy = 100
	for range healthy {
		c, err := net.Dial("tcp", srv.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "POST /api/42/envelope/?sentry_key=%s HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", testKey, len(eventEnvelope), eventEnvelope)
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || resp.StatusCode != 200 {
			t.Fatal(resp, err)
		}
		_ = c.Close()
	}
	if records, _ := st.take(); len(records) != healthy {
		t.Errorf("%d records", len(records))
	}
	const each = 48 << 10 // both ends: two goroutines' stacks, read and write buffers
	if more := inUse() - before; more > int64(crowd*each)+st.budget.Used() {
		t.Errorf("%d connections take %d bytes, %d of them for bodies", crowd, more, st.budget.Used())
	}
	for _, c := range conns {
		_ = c.Close()
	}
	until(t, "bodies given back", func() bool { return st.budget.Used() == 0 })
	if err := srv.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}
