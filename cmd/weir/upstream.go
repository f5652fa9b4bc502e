package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"weir/cmd/weir/config"
	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/signature"
	"weir/edge/health"
	"weir/edge/upstream"
	"weir/topologies/projects"
)

// openUpstream connects to the upstream that is configured; nil where weir stands alone. The probe is a condition of readiness.
func (s *stack) openUpstream() (*upstream.Client, *health.Probe, error) {
	cfg := s.cfg
	if cfg.Alone {
		return nil, nil, nil
	}
	if err := s.openLink(); err != nil {
		return nil, nil, usageError{err}
	}
	if cfg.Credentials == nil {
		return nil, nil, nil
	}
	secret, err := signature.ParseSecretKey(cfg.Credentials.SecretKey)
	if err != nil {
		return nil, nil, usageError{fmt.Errorf("credentials: secret_key: %w", err)}
	}
	if public, err := signature.ParsePublicKey(cfg.Credentials.PublicKey); err != nil || public != secret.Public() {
		return nil, nil, usagef("credentials: public_key does not belong to secret_key")
	}
	id, err := envelope.ParseEventID(cfg.Credentials.ID)
	if err != nil {
		return nil, nil, usageError{fmt.Errorf("credentials: id: %w", err)}
	}
	if s.proxy() {
		s.signer = &upstream.Signer{ID: id, Secret: secret, Now: s.clock}
		return nil, nil, nil
	}
	c := clientConfig(cfg)
	c.Link, c.ID, c.Secret, c.Now, c.Log = s.link, id, secret, s.clock, s.log.With("part", "upstream")
	client, err := upstream.New(c)
	if err != nil {
		return nil, nil, usageError{err}
	}
	s.client = client
	s.services.start("registration", func(ctx context.Context) error {
		err := client.Run(ctx)
		if errors.Is(err, upstream.ErrDenied) { // the process lives on: what is in its table still serves
			s.log.Error("the upstream refuses this relay for good; no project config will be fetched any more", "error", err)
			<-ctx.Done()
			return ctx.Err()
		}
		return err
	})
	if cfg.Auth.Ready == "always" {
		return client, nil, nil
	}
	return client, &health.Probe{Name: "auth", Check: client.Known}, nil
}

// clientConfig is what the configuration says about requests to the upstream's relay API.
func clientConfig(cfg *config.Config) upstream.Config {
	interval := time.Duration(0) // processing relays register once (edge 12.3)
	if cfg.HTTP.AuthInterval != nil && !cfg.Processing.Enabled {
		interval = cfg.HTTP.AuthInterval.Duration()
	}
	return upstream.Config{Transport: transport(cfg), Version: cfg.Weir.RelayVersion, MaxRetryInterval: cfg.HTTP.MaxRetryInterval.Duration(), AuthInterval: interval,
		MaxAnswer: int64(cfg.Limits.MaxAPIPayloadSize)}
}

// transport is how requests get to the upstream.
func transport(cfg *config.Config) upstream.Transport {
	h := cfg.HTTP
	return upstream.Transport{URL: cfg.Relay.Upstream, HostHeader: deref(h.HostHeader), Product: "weir/" + version, Timeout: h.Timeout.Duration(), ConnectTimeout: h.ConnectionTimeout.Duration(), Proxies: cfg.Proxies}
}

func linkConfig(cfg *config.Config) upstream.LinkConfig {
	h := cfg.HTTP
	return upstream.LinkConfig{Transport: transport(cfg), MaxRequests: cfg.Limits.MaxConcurrentRequests, RetryDelay: h.RetryDelay.Duration(),
		OutageGrace: h.OutageGracePeriod.Duration(), MaxRetryInterval: h.MaxRetryInterval.Duration()}
}

// openLink prepares requests to the upstream.
func (s *stack) openLink() (err error) {
	c := linkConfig(s.cfg)
	c.Now, c.Log = s.clock, s.log.With("part", "upstream")
	if s.link, err = upstream.NewLink(c); err != nil {
		return err
	}
	s.services.atStop("upstream", func(context.Context) error { s.link.Close(); return nil })
	s.services.start("upstream watch", s.link.Run)
	return nil
}

// upstreamSource is the upstream as a source of project configs.
type upstreamSource struct {
	client *upstream.Client
	full   bool
}

// projectSource makes a source of a client; nil stays nil.
func (s *stack) projectSource(client *upstream.Client) projects.Source {
	if client == nil {
		return nil
	}
	return &upstreamSource{client: client, full: s.cfg.Processing.Enabled || s.cfg.Cache.FullConfig}
}

// Name implements projects.Source.
func (u *upstreamSource) Name() string { return "upstream" }

// Global implements projects.GlobalSource.
func (u *upstreamSource) Global(ctx context.Context) ([]byte, bool, error) {
	return u.client.Global(ctx)
}

// Fetch implements projects.Source (pipeline 3.6).
func (u *upstreamSource) Fetch(ctx context.Context, reqs []projects.Request) (map[dsn.PublicKey]projects.Answer, error) {
	keys := make([]dsn.PublicKey, len(reqs))
	revisions := make([]*string, len(reqs))
	for i, r := range reqs {
		keys[i] = r.Key
		if r.HasRev {
			revisions[i] = &reqs[i].Rev
		}
	}
	answer, err := u.client.ProjectConfigs(ctx, keys, revisions, u.full)
	if err != nil {
		return nil, err
	}
	out := make(map[dsn.PublicKey]projects.Answer, len(reqs))
	for key, state := range answer.Configs {
		out[key] = projects.Answer{Kind: projects.Found, State: state}
		if state == nil {
			out[key] = projects.Answer{Kind: projects.Missing}
		}
	}
	for _, key := range answer.Pending {
		out[key] = projects.Answer{Kind: projects.Pending}
	}
	for _, key := range answer.Unchanged {
		out[key] = projects.Answer{Kind: projects.Unchanged}
	}
	return out, nil
}
