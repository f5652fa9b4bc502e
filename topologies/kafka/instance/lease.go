package instance

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"weir/topologies/kafka/client"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// The beat of a holder, and how often a newcomer looks at a name that somebody has held: for more than three beats, and short enough to be
// processing again within 2 s. Looks are counted, not the time, so that a machine that is slow gives the holder the more of it.
const (
	beat  = 200 * time.Millisecond
	pause = beat / 2
	looks = 7
)

// Config describes a lease.
type Config struct {
	// Instance is WEIR_INSTANCE.
	Instance string
	// Group is where beats are committed: the namespace prefix, "instance-" and the instance.
	Group string
	// Topic is any compacted topic of weir's own: offsets can only be committed for topics that exist, and the
	// embedded broker's janitor must not take the beats for a reader.
	Topic string
}

// Lease is the right to use an instance name.
type Lease struct {
	cfg   Config
	adm   *kadm.Client
	close func()
	nonce string
	n     int64
}

// Acquire takes the name. It returns at once when the last holder stopped cleanly, after about 0.7 s when it was
// killed, and a *DuplicateError when it is alive.
func Acquire(ctx context.Context, cluster client.Config, cfg Config) (*Lease, error) {
	adm, done, err := cluster.Admin()
	if err != nil {
		return nil, fmt.Errorf("instance %q: %w", cfg.Instance, err)
	}
	var b [8]byte
	_, _ = rand.Read(b[:])
	l := &Lease{cfg: cfg, adm: adm, close: done, nonce: hex.EncodeToString(b[:])}
	err = client.Patiently(ctx, func() error { return l.await(ctx) })
	if err == nil {
		err = client.Patiently(ctx, func() error { return l.commit(ctx, l.nonce) })
	}
	if err != nil {
		done()
		return nil, err
	}
	return l, nil
}

// await returns nil when nobody holds the name any more.
func (l *Lease) await(ctx context.Context) error {
	first, err := l.read(ctx)
	if err != nil || first.Metadata == "" {
		return err
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	last, changes := first.At, 0
	for still := 0; still < looks; still++ {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		now, err := l.read(ctx)
		switch {
		case err != nil:
			return err
		case now.Metadata == "": // stopped meanwhile
			return nil
		case now.At != last || now.Metadata != first.Metadata:
			last = now.At
			// One change may be the last beat of a process that was killed a moment ago.
			if changes++; changes > 1 {
				return &DuplicateError{Instance: l.cfg.Instance}
			}
			still = -1
		}
		timer.Reset(pause) // after the look: two of them are never closer
	}
	return nil
}

// Hold beats until ctx ends, then gives the name back. It returns a *DuplicateError as soon as another process has
// taken the name. Failing beats are tried again: while the cluster is away nobody can take the name either.
func (l *Lease) Hold(ctx context.Context) error {
	defer l.close()
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_ = l.commit(ctx, "") // best effort: otherwise the successor watches for a moment
			return nil
		}
		now, err := l.read(ctx)
		if err != nil {
			continue
		}
		if now.Metadata != "" && now.Metadata != l.nonce {
			return &DuplicateError{Instance: l.cfg.Instance}
		}
		_ = l.commit(ctx, l.nonce)
	}
}

func (l *Lease) read(ctx context.Context) (kadm.Offset, error) {
	os, err := l.adm.FetchOffsetsForTopics(ctx, l.cfg.Group, l.cfg.Topic)
	if errors.Is(err, kerr.GroupIDNotFound) {
		return kadm.Offset{}, nil
	}
	if err != nil {
		return kadm.Offset{}, fmt.Errorf("instance %q: read beat: %w", l.cfg.Instance, err)
	}
	o, ok := os.Lookup(l.cfg.Topic, 0)
	if !ok || o.At < 0 {
		return kadm.Offset{}, nil
	}
	return o.Offset, o.Err
}

func (l *Lease) commit(ctx context.Context, metadata string) error {
	l.n++
	os := kadm.Offsets{}
	os.Add(kadm.Offset{Topic: l.cfg.Topic, Partition: 0, At: l.n, LeaderEpoch: -1, Metadata: metadata})
	rs, err := l.adm.CommitOffsets(ctx, l.cfg.Group, os)
	if err = errors.Join(err, rs.Error()); err != nil {
		return fmt.Errorf("instance %q: beat: %w", l.cfg.Instance, err)
	}
	return nil
}
