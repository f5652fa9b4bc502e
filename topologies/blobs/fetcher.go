package blobs

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"weir/codecs/raw"
	"weir/topologies/kafka/client"

	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/semaphore"
)

// ErrLost says that the chunks are not there any more, or not those of the manifest: trying again cannot help.
var ErrLost = errors.New("the chunks of the envelope are lost")

// Config describes a Fetcher.
type Config struct {
	Cluster client.Config
	Topic   string
	// Budget bounds the bytes of the bodies in use; default 64 MiB.
	Budget int64
	// Clients is how many bodies are read at the same time; default 4.
	Clients int
	// Timeout of one attempt; default 30 s.
	Timeout time.Duration
}

// Fetcher reads bodies. It is safe for concurrent use.
type Fetcher struct {
	cfg    Config
	budget *semaphore.Weighted
	idle   chan *kgo.Client // nil entries are made when they are needed
}

// New returns a Fetcher; it connects when it has to.
func New(cfg Config) (*Fetcher, error) {
	if cfg.Topic == "" {
		return nil, errors.New("blobs: no topic")
	}
	if err := cfg.Cluster.Validate(); err != nil {
		return nil, fmt.Errorf("blobs: %w", err)
	}
	cfg.Budget = cmp.Or(cfg.Budget, 64<<20)
	cfg.Clients = cmp.Or(cfg.Clients, 4)
	cfg.Timeout = cmp.Or(cfg.Timeout, 30*time.Second)
	f := &Fetcher{cfg: cfg, budget: semaphore.NewWeighted(cfg.Budget), idle: make(chan *kgo.Client, cfg.Clients)}
	for range cfg.Clients {
		f.idle <- nil
	}
	return f, nil
}

// Close waits for fetches that run and closes the clients.
func (f *Fetcher) Close() {
	for range f.cfg.Clients {
		if cl := <-f.idle; cl != nil {
			cl.Close()
		}
	}
}

// Fetch returns the body of a manifest. The caller calls release when it does not use the body any more. Errors that wrap
// ErrLost are final, others can be tried again.
func (f *Fetcher) Fetch(ctx context.Context, m *raw.Manifest) (body []byte, release func(), err error) {
	if m.Length < 0 || len(m.Offsets) == 0 || !slices.IsSorted(m.Offsets) {
		return nil, nil, fmt.Errorf("fetch blob: %w: the manifest makes no sense", ErrLost)
	}
	weight := min(int64(m.Length), f.cfg.Budget)
	if err := f.budget.Acquire(ctx, weight); err != nil {
		return nil, nil, fmt.Errorf("fetch blob: %w", err)
	}
	if body, err = f.read(ctx, m); err != nil {
		f.budget.Release(weight)
		return nil, nil, fmt.Errorf("fetch blob %d/%d: %w", m.Partition, m.Offsets[0], err)
	}
	return body, func() { f.budget.Release(weight) }, nil
}

func (f *Fetcher) read(ctx context.Context, m *raw.Manifest) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, f.cfg.Timeout)
	defer cancel()
	cl, err := f.client(ctx)
	if err != nil {
		return nil, err
	}
	body, err := f.chunks(ctx, cl, m)
	if err != nil {
		cl.Close() // whatever state it is in
		cl = nil
	} else {
		cl.RemoveConsumePartitions(map[string][]int32{f.cfg.Topic: {m.Partition}})
	}
	f.idle <- cl
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(body); len(body) != m.Length || hex.EncodeToString(sum[:]) != m.SHA256 {
		return nil, fmt.Errorf("%w: %d bytes with another hash than the manifest's %d", ErrLost, len(body), m.Length)
	}
	return body, nil
}

func (f *Fetcher) client(ctx context.Context) (cl *kgo.Client, err error) {
	select {
	case cl = <-f.idle:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if cl == nil {
		cl, err = f.cfg.Cluster.New(kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.FetchMaxPartitionBytes(2<<20),
			kgo.FetchMaxBytes(4<<20), kgo.FetchMaxWait(100*time.Millisecond))
		if err != nil {
			f.idle <- nil
		}
	}
	return cl, err
}

// chunks reads from the first offset on and keeps what the manifest names.
func (f *Fetcher) chunks(ctx context.Context, cl *kgo.Client, m *raw.Manifest) ([]byte, error) {
	cl.AddConsumePartitions(map[string]map[int32]kgo.Offset{f.cfg.Topic: {m.Partition: kgo.NewOffset().At(m.Offsets[0])}})
	body := make([]byte, 0, m.Length)
	for left := m.Offsets; len(left) > 0; {
		fetches := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var failed error
		fetches.EachError(func(_ string, _ int32, err error) { failed = errors.Join(failed, final(err)) })
		if failed != nil {
			return nil, failed
		}
		for _, r := range fetches.Records() {
			switch {
			case len(left) == 0 || r.Partition != m.Partition || r.Offset < left[0]:
			case r.Offset > left[0]:
				return nil, fmt.Errorf("%w: no record at offset %d", ErrLost, left[0])
			case len(body)+len(r.Value) > m.Length:
				return nil, fmt.Errorf("%w: they are larger than the manifest's %d bytes", ErrLost, m.Length)
			default:
				body, left = append(body, r.Value...), left[1:]
			}
		}
	}
	return body, nil
}
