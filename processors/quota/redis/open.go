package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	goredis "github.com/redis/go-redis/v9"
)

// Server names a Redis installation (pipeline 9.1, processing.redis): one server, some nodes of a cluster, or a master that sentinels watch.
type Server struct {
	URL       string   // redis://, rediss:// or unix:// URL of one server; with Sentinels, its host is the name of the master
	Cluster   []string // URLs or host:port of some nodes of a cluster; then there is no URL
	Sentinels []string // URLs or host:port of sentinels
	// MaxConnections bounds the connections of this process to a server; 0: the client's default.
	MaxConnections int
}

// Open returns a store on a client of its own, set up the way the store needs it: no repeated commands, since a repeated check counts twice,
// and deadlines taken from contexts. It does not connect yet.
func Open(srv Server, cfg Config) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	o, err := srv.options()
	if err != nil {
		return nil, err
	}
	o.MaxRetries = -1
	o.ContextTimeoutEnabled = true
	o.DialerRetries = 1
	o.PoolSize = srv.MaxConnections
	quietly.Do(func() { goredis.SetLogger(clientLog{cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))}) })
	return New(goredis.NewUniversalClient(o), cfg), nil
}

// quietly guards the client's logger, which all clients of a process share.
var quietly sync.Once

// clientLog takes what the client says about single connections; that a store is away is said once, by the breaker.
type clientLog struct{ log *slog.Logger }

// Printf implements the client's logging interface.
func (l clientLog) Printf(ctx context.Context, format string, v ...any) {
	if l.log.Enabled(ctx, slog.LevelDebug) {
		l.log.DebugContext(ctx, fmt.Sprintf(format, v...))
	}
}

func (srv Server) options() (*goredis.UniversalOptions, error) {
	o := &goredis.UniversalOptions{}
	switch {
	case srv.URL != "" && len(srv.Cluster)+len(srv.Sentinels) == 0:
		return o, add(o, srv.URL)
	case len(srv.Cluster) > 0 && srv.URL == "" && len(srv.Sentinels) == 0:
		o.IsClusterMode = true
		var errs []error
		for _, node := range srv.Cluster {
			errs = append(errs, add(o, node))
		}
		return o, errors.Join(errs...)
	case len(srv.Sentinels) > 0 && srv.URL != "" && len(srv.Cluster) == 0:
		return o, watched(o, srv)
	}
	return nil, errors.New("quota store: set a URL, or cluster nodes, or sentinels with the URL of their master")
}

// add adds the server of a URL or, in a cluster, of a host:port.
func add(o *goredis.UniversalOptions, s string) error {
	if o.IsClusterMode && !strings.Contains(s, "://") {
		o.Addrs = append(o.Addrs, s)
		return nil
	}
	u, err := goredis.ParseURL(s)
	if err != nil {
		return fmt.Errorf("quota store: parse Redis URL: %w", err)
	}
	o.Addrs = append(o.Addrs, u.Addr)
	o.Username, o.Password, o.TLSConfig = u.Username, u.Password, u.TLSConfig
	if !o.IsClusterMode {
		o.DB = u.DB
	}
	return nil
}

// watched makes options of a master that sentinels watch: credentials and database stand in its URL, those of the sentinels in theirs.
func watched(o *goredis.UniversalOptions, srv Server) error {
	if err := add(o, srv.URL); err != nil {
		return err
	}
	o.MasterName, _, _ = strings.Cut(o.Addrs[0], ":")
	o.Addrs = nil
	if o.TLSConfig != nil {
		o.TLSConfig.ServerName = "" // each server has its own name
	}
	for _, s := range srv.Sentinels {
		if strings.Contains(s, "://") {
			u, err := goredis.ParseURL(s)
			if err != nil {
				return fmt.Errorf("quota store: parse URL of a sentinel: %w", err)
			}
			s, o.SentinelUsername, o.SentinelPassword = u.Addr, u.Username, u.Password
		}
		o.Addrs = append(o.Addrs, s)
	}
	return nil
}
