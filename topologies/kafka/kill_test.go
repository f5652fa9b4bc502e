package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/topologies/kafka"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/instance"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kgo"
)

// worker makes this test binary a process that runs the pipeline until it is killed: address, namespace, delivery and
// instance, separated by spaces.
const worker = "WEIR_TEST_WORKER"

func TestMain(m *testing.M) {
	if args := strings.Fields(os.Getenv(worker)); len(args) == 4 {
		fmt.Fprintln(os.Stderr, work(args))
		os.Exit(2)
	}
	os.Exit(m.Run())
}

func work(args []string) error {
	cluster, ns := client.Config{Brokers: []string{args[0]}}, args[1]
	d, err := kafka.ParseDelivery(args[2])
	if err != nil {
		return err
	}
	ctx := context.Background()
	lease, err := instance.Acquire(ctx, cluster, instance.Config{Instance: args[3], Group: ns + "instance-" + args[3], Topic: ns + "table"})
	if err != nil {
		return err
	}
	ended := make(chan error, 2)
	var batches atomic.Int64
	g := pipeline(cluster, ns, d, args[3], 0, &batches)
	g.Log, g.CommitInterval, g.MaxTransaction = kafkatest.Discard(), 0, 0
	go func() { ended <- lease.Hold(ctx) }()
	go func() { ended <- g.Run(ctx) }()
	return <-ended
}

func spawn(t *testing.T, cluster client.Config, ns string, d kafka.Delivery, inst string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %s %s", worker, cluster.Brokers[0], ns, d, inst))
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd
}

// One of two processes is killed and started again, with its instance name: nothing is lost, with exactly-once nothing
// is repeated, and its partitions go on soon.
func TestRealKill(t *testing.T) {
	for _, d := range kafka.AllDeliveries {
		cluster, ns, ok := kafkatest.Real(t)
		if !ok {
			return
		}
		t.Run(d.String(), func(t *testing.T) { kill(t, cluster, ns, d, 4) })
	}
}

func kill(t *testing.T, cluster client.Config, ns string, d kafka.Delivery, kills int) {
	kafkatest.Topics(t, cluster, 8, ns+"raw", ns+"released", ns+"out", ns+"ledger", ns+"table")
	b := spawn(t, cluster, ns, d, "b")
	a := spawn(t, cluster, ns, d, "a")
	kafkatest.Eventually(t, "both joined", func() bool { return kafkatest.Members(t, cluster, ns+"pipeline") == 2 })

	p, err := producer.New(cluster, producer.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var sent atomic.Int64
	load := kafkatest.Background(t, func(ctx context.Context) error {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
			n := sent.Add(1)
			p.Produce(context.Background(), &kgo.Record{Topic: ns + "raw", Key: fmt.Append(nil, n), Value: fmt.Append(nil, n)}, func(_ *kgo.Record, err error) {
				if err != nil {
					t.Error(err)
				}
			})
		}
		return p.Close(context.Background())
	})
	seen := map[string]int{}
	last := map[int32]time.Time{}
	longest := map[int32]time.Duration{}
	repeated := 0
	end := kafkatest.Client(t, cluster, kgo.ConsumeTopics(ns+"out"), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	poll := func() {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		end.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			if seen[string(r.Value)]++; seen[string(r.Value)] > 1 {
				repeated++
			}
			if at, ok := last[r.Partition]; ok {
				longest[r.Partition] = max(longest[r.Partition], time.Since(at))
			}
			last[r.Partition] = time.Now()
		})
	}
	until := func(what string, f func() bool) {
		t.Helper()
		begin := time.Now()
		for !f() {
			if time.Since(begin) > 2*kafkatest.Patience {
				t.Fatalf("timeout: %s", what)
			}
			poll()
		}
	}
	until("every partition has output", func() bool { return len(last) == 8 })
	var silences []string
	for range kills {
		clear(longest)
		killed := time.Now()
		_ = a.Process.Kill()
		_ = a.Wait()
		a = spawn(t, cluster, ns, d, "a")
		until("every partition goes on", func() bool {
			for _, at := range last {
				if at.Before(killed.Add(time.Second)) {
					return false
				}
			}
			return time.Since(killed) > 2*time.Second
		})
		worst := time.Duration(0)
		for _, l := range longest {
			worst = max(worst, l)
		}
		silences = append(silences, worst.Round(10*time.Millisecond).String())
	}
	if err := load.Stop(); err != nil {
		t.Fatal(err)
	}
	until("nothing is missing", func() bool { return len(seen) == int(sent.Load()) })
	t.Logf("%s: %d events, %d kills, longest silence of a partition %v, %d repeated", d, sent.Load(), kills, silences, repeated)
	if d == kafka.ExactlyOnce && repeated > 0 {
		t.Errorf("%d repeated", repeated)
	}

	// A live namesake ends by itself with the message, and the holder goes on.
	twin := exec.Command(os.Args[0])
	twin.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %s a", worker, cluster.Brokers[0], ns, d))
	out, err := twin.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), "another live process uses the same WEIR_INSTANCE") {
		t.Errorf("twin: %v %s", err, out)
	}
	for _, cmd := range []*exec.Cmd{a, b} {
		if cmd.ProcessState != nil {
			t.Errorf("a worker ended: %v", cmd.ProcessState)
		}
	}
}
