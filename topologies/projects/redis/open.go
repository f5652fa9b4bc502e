package redis

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Server names a Redis installation (pipeline 9.1, processing.redis).
type Server struct {
	URLs      []string // redis:// or rediss:// URLs: one server, or some nodes of a cluster
	Cluster   bool
	Sentinels []string // URLs or host:port; the host of the one URL is then the name of the master
}

// Open returns a source with a client of its own, and how to close it. It does not connect yet.
func Open(srv Server, cfg Config) (s *Source, closeClient func() error, err error) {
	if len(srv.URLs) == 0 || len(srv.URLs) > 1 && !srv.Cluster || srv.Cluster && len(srv.Sentinels) > 0 {
		return nil, nil, errors.New("project cache in Redis: one server, or nodes of a cluster, are needed")
	}
	o := &redis.UniversalOptions{IsClusterMode: srv.Cluster, ContextTimeoutEnabled: true,
		// The next source is asked at once: who reads the cache does not wait for it to come back.
		DialTimeout: 2 * time.Second, DialerRetries: 1, MaxRetries: 1}
	for _, server := range srv.URLs {
		u, err := redis.ParseURL(server)
		if err != nil {
			return nil, nil, fmt.Errorf("project cache in Redis: parse URL: %w", err)
		}
		o.Addrs = append(o.Addrs, u.Addr)
		o.DB, o.Username, o.Password, o.TLSConfig = u.DB, u.Username, u.Password, u.TLSConfig
	}
	if len(srv.Sentinels) > 0 {
		if err := srv.watched(o); err != nil {
			return nil, nil, err
		}
	}
	cfg.Client = redis.NewUniversalClient(o)
	if s, err = New(cfg); err != nil {
		return nil, nil, errors.Join(err, cfg.Client.Close())
	}
	return s, cfg.Client.Close, nil
}

// watched turns the one address into the name of a master and asks sentinels for it.
func (srv Server) watched(o *redis.UniversalOptions) error {
	o.MasterName, _, _ = strings.Cut(o.Addrs[0], ":")
	o.Addrs = nil
	if o.TLSConfig != nil {
		o.TLSConfig.ServerName = "" // each server has its own name
	}
	for _, s := range srv.Sentinels {
		if strings.Contains(s, "://") {
			u, err := redis.ParseURL(s)
			if err != nil {
				return fmt.Errorf("project cache in Redis: parse URL of a sentinel: %w", err)
			}
			s, o.SentinelUsername, o.SentinelPassword = u.Addr, u.Username, u.Password
		}
		o.Addrs = append(o.Addrs, s)
	}
	return nil
}
