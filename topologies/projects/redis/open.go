package redis

import (
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Open returns a source with a client of its own, and how to close it. servers are redis:// or rediss:// URLs: one server, or some nodes of
// a cluster. It does not connect yet.
func Open(servers []string, cluster bool, cfg Config) (s *Source, closeClient func() error, err error) {
	if len(servers) == 0 || len(servers) > 1 && !cluster {
		return nil, nil, errors.New("project cache in Redis: one server, or nodes of a cluster, are needed")
	}
	o := &redis.UniversalOptions{IsClusterMode: cluster, ContextTimeoutEnabled: true,
		// The next source is asked at once: who reads the cache does not wait for it to come back.
		DialTimeout: 2 * time.Second, DialerRetries: 1, MaxRetries: 1}
	for _, server := range servers {
		u, err := redis.ParseURL(server)
		if err != nil {
			return nil, nil, fmt.Errorf("project cache in Redis: parse URL: %w", err)
		}
		o.Addrs = append(o.Addrs, u.Addr)
		o.DB, o.Username, o.Password, o.TLSConfig = u.DB, u.Username, u.Password, u.TLSConfig
	}
	cfg.Client = redis.NewUniversalClient(o)
	if s, err = New(cfg); err != nil {
		return nil, nil, errors.Join(err, cfg.Client.Close())
	}
	return s, cfg.Client.Close, nil
}
