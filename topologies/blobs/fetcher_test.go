package blobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"sync"
	"testing"
	"time"

	"weir/codecs/raw"
	"weir/topologies/kafka/client"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// put writes bodies in chunks, interleaved, and returns their manifests.
func put(t testing.TB, cluster client.Config, size int, bodies ...[]byte) []*raw.Manifest {
	t.Helper()
	cl := kafkatest.Client(t, cluster, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(2<<20))
	ms := make([]*raw.Manifest, len(bodies))
	left := make([][]byte, len(bodies))
	for i, b := range bodies {
		sum := sha256.Sum256(b)
		ms[i] = &raw.Manifest{Partition: int32(i % 2), Length: len(b), SHA256: hex.EncodeToString(sum[:])}
		left[i] = b
	}
	for more := true; more; {
		more = false
		for i := range left {
			n := min(size, len(left[i]))
			if n == 0 {
				continue
			}
			r := &kgo.Record{Topic: "blobs", Partition: ms[i].Partition, Value: left[i][:n]}
			kafkatest.Produce(t, cl, r)
			ms[i].Offsets = append(ms[i].Offsets, r.Offset)
			left[i], more = left[i][n:], true
		}
	}
	return ms
}

func open(t testing.TB, cfg Config) *Fetcher {
	t.Helper()
	cfg.Topic = "blobs"
	f, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func TestBodiesComeBack(t *testing.T) {
	cluster := kafkatest.Cluster(t, 2, "blobs")
	var bodies [][]byte
	for i := range 8 {
		bodies = append(bodies, bytes.Repeat([]byte{byte('a' + i)}, 300_000*(i+1)))
	}
	ms := put(t, cluster, 200_000, bodies...)
	f := open(t, Config{Cluster: cluster, Budget: 3_000_000, Clients: 2})
	var wg sync.WaitGroup
	for range 3 {
		for i, m := range ms {
			wg.Go(func() {
				body, release, err := f.Fetch(t.Context(), m)
				if err != nil || !bytes.Equal(body, bodies[i]) {
					t.Errorf("body %d: %d bytes, %v", i, len(body), err)
					return
				}
				release()
			})
		}
	}
	wg.Wait()
}

func TestLostChunks(t *testing.T) {
	cluster := kafkatest.Cluster(t, 2, "blobs")
	body := bytes.Repeat([]byte("x"), 1000)
	ms := put(t, cluster, 300, body, body)
	f := open(t, Config{Cluster: cluster, Timeout: 5 * time.Second})
	for name, change := range map[string]func(m *raw.Manifest){
		"hash":     func(m *raw.Manifest) { m.SHA256 = "00" },
		"short":    func(m *raw.Manifest) { m.Length++ },
		"long":     func(m *raw.Manifest) { m.Length-- },
		"no chunk": func(m *raw.Manifest) { m.Offsets = nil },
		"beyond":   func(m *raw.Manifest) { m.Offsets = []int64{77, 78} },
	} {
		m := *ms[0]
		change(&m)
		if _, _, err := f.Fetch(t.Context(), &m); !errors.Is(err, ErrLost) {
			t.Errorf("%s: %v", name, err)
		}
	}
	adm, done, err := cluster.Admin()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	var to kadm.Offsets
	to.Add(kadm.Offset{Topic: "blobs", Partition: 0, At: 2})
	if _, err := adm.DeleteRecords(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Fetch(t.Context(), ms[0]); !errors.Is(err, ErrLost) {
		t.Errorf("deleted: %v", err)
	}
	if got, release, err := f.Fetch(t.Context(), ms[1]); err != nil || !bytes.Equal(got, body) {
		t.Errorf("the other one: %v", err)
	} else {
		release()
	}
}

func TestBudgetIsKept(t *testing.T) {
	cluster := kafkatest.Cluster(t, 2, "blobs")
	ms := put(t, cluster, 1000, bytes.Repeat([]byte("x"), 3000), bytes.Repeat([]byte("y"), 3000))
	f := open(t, Config{Cluster: cluster, Budget: 4000})
	_, release, err := f.Fetch(t.Context(), ms[0])
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := f.Fetch(ctx, ms[1]); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrLost) {
		t.Errorf("above the budget: %v", err)
	}
	release()
	if _, release, err = f.Fetch(t.Context(), ms[1]); err != nil {
		t.Fatal(err)
	}
	release()
}
