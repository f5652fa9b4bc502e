package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/topologies/projects"

	"github.com/klauspost/compress/zstd"
	"github.com/redis/go-redis/v9"
)

// DefaultPrefix is the default of processing.projectconfig_cache_prefix.
const DefaultPrefix = "relayconfig"

// maxState is the largest unpacked state in bytes.
const maxState = 64 << 20

// Config describes the cache.
type Config struct {
	Client redis.UniversalClient // closed by its owner
	Prefix string                // default DefaultPrefix
	Log    *slog.Logger
}

// Source implements projects.Source.
type Source struct {
	cfg  Config
	zstd *zstd.Decoder
}

// New returns a source; it does not connect yet.
func New(cfg Config) (*Source, error) {
	if cfg.Client == nil || cfg.Log == nil {
		return nil, errors.New("project cache in Redis: client or logger is missing")
	}
	cfg.Prefix = cmp.Or(cfg.Prefix, DefaultPrefix)
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxState))
	if err != nil {
		return nil, fmt.Errorf("project cache in Redis: %w", err)
	}
	return &Source{cfg: cfg, zstd: dec}, nil
}

// Name implements projects.Source.
func (s *Source) Name() string { return "redis" }

// Fetch implements projects.Source. Keys that are not in the cache are left to the next source, those whose value cannot be
// read are Pending, which leaves them to the next source too.
func (s *Source) Fetch(ctx context.Context, reqs []projects.Request) (map[dsn.PublicKey]projects.Answer, error) {
	got := make(map[dsn.PublicKey]projects.Answer, len(reqs))
	if err := s.revisions(ctx, reqs, got); err != nil {
		return nil, fmt.Errorf("read revisions: %w", err)
	}
	pipe := s.cfg.Client.Pipeline()
	values := map[int]*redis.StringCmd{}
	for i, r := range reqs {
		if _, done := got[r.Key]; !done {
			values[i] = pipe.Get(ctx, s.key(r.Key))
		}
	}
	if len(values) == 0 {
		return got, nil
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("read states: %w", err)
	}
	for i, v := range values {
		b, err := v.Bytes()
		switch {
		case errors.Is(err, redis.Nil):
		case err != nil:
			return nil, fmt.Errorf("read states: %w", err)
		default:
			got[reqs[i].Key] = s.answer(reqs[i], b)
		}
	}
	return got, nil
}

// revisions answers for the keys whose revision has not changed.
func (s *Source) revisions(ctx context.Context, reqs []projects.Request, got map[dsn.PublicKey]projects.Answer) error {
	pipe := s.cfg.Client.Pipeline()
	revs := map[int]*redis.StringCmd{}
	for i, r := range reqs {
		if r.HasRev {
			revs[i] = pipe.Get(ctx, s.key(r.Key)+".rev")
		}
	}
	if len(revs) == 0 {
		return nil
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	for i, v := range revs {
		if rev, err := v.Result(); err == nil && rev == reqs[i].Rev {
			got[reqs[i].Key] = projects.Answer{Kind: projects.Unchanged}
		}
	}
	return nil
}

func (s *Source) key(k dsn.PublicKey) string { return s.cfg.Prefix + ":" + string(k) }

// answer unpacks a value: zstd, or else plain JSON.
func (s *Source) answer(r projects.Request, value []byte) projects.Answer {
	if b, err := s.zstd.DecodeAll(value, nil); err == nil {
		value = b
	}
	state, err := project.Parse(value)
	if err != nil {
		s.cfg.Log.Error("a project state in Redis cannot be read", "key", r.Key, "error", err)
		return projects.Answer{Kind: projects.Pending}
	}
	if r.HasRev && state.HasRev && state.Rev == r.Rev {
		return projects.Answer{Kind: projects.Unchanged}
	}
	return projects.Answer{Kind: projects.Found, State: value}
}
