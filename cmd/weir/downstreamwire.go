package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"weir/cmd/weir/config"
	"weir/codecs/envelope"
	"weir/codecs/signature"
	"weir/edge"
	"weir/edge/body"
	"weir/edge/downstream"
	"weir/edge/upstream"
	"weir/topologies/projects"
)

// relayAPI is what weir itself serves to relays below it (edge 1.1, R20 to R25), and the fallback for paths that are not ours. client is
// nil where weir stands alone: then it is the root.
func (s *stack) relayAPI(client *upstream.Client, writer edge.Writer, budget *body.Budget) (routes []edge.Route, fallback edge.Handler, err error) {
	cfg := s.cfg
	static, err := staticRelays(cfg)
	if err != nil {
		return nil, nil, err
	}
	api := &downstream.API{Projects: s.known, Globals: s.known, Now: s.clock, Budget: budget, Writer: writer, Log: s.log.With("part", "relays"),
		Config: downstream.Config{Static: static, SignatureMaxAge: cfg.Auth.SignatureMaxAge.Duration(), AdvertisedUpstream: deref(cfg.Relay.AdvertisedUpstream)}}
	forward := passConfig(cfg)
	if cfg.Alone || client == nil && !s.proxy() {
		api.Config.Secret = make([]byte, 32)
		rand.Read(api.Config.Secret) // never fails
		return api.Routes(), upstream.Fallback(forward, nil), nil
	}
	forwarder, err := upstream.NewForwarder(forward)
	if err != nil {
		return nil, nil, err
	}
	api.Forward = forwarder.Pass
	if client != nil {
		c := relaysConfig(cfg)
		c.Ask, c.Now, c.Table = client.PublicKeys, s.clock, relayTable{s}
		api.Relays = downstream.NewCache(c)
	}
	if !cfg.HTTP.Forward || cfg.Processing.Enabled { // edge 1.4
		forwarder = nil
	}
	fallback = upstream.Fallback(forward, forwarder)
	api.Fallback = fallback
	return api.Routes(), fallback, nil
}

// passConfig is what the configuration says about requests that are passed on as they are.
func passConfig(cfg *config.Config) upstream.ForwardConfig {
	l := cfg.Limits
	return upstream.ForwardConfig{Transport: transport(cfg),
		MaxPayload: int64(l.MaxAPIPayloadSize), MaxFileUpload: int64(l.MaxAPIFileUploadSize), MaxChunkUpload: int64(l.MaxAPIChunkUploadSize)}
}

// relaysConfig is how long the keys of other relays are known.
func relaysConfig(cfg *config.Config) downstream.CacheConfig {
	c := cfg.Cache
	return downstream.CacheConfig{Interval: c.DownstreamInterval.Duration(), HitExpiry: c.RelayExpiry.Duration(), MissExpiry: c.MissExpiry.Duration(), Timeout: cfg.Limits.QueryTimeout.Duration()}
}

// relayTable keeps relays in the table of projects.
type relayTable struct{ *stack }

// Known implements downstream.Table.
func (t relayTable) Known(id envelope.EventID) (edge.Relay, time.Time, bool) {
	row, ok := t.projects.Relay(id)
	if !ok {
		return edge.Relay{}, time.Time{}, false
	}
	key, err := signature.ParsePublicKey(row.PublicKey)
	return edge.Relay{Key: key, Internal: row.Internal}, row.Confirmed, err == nil
}

// Keep implements downstream.Table.
func (t relayTable) Keep(id envelope.EventID, r *edge.Relay, confirmed time.Time) {
	var row *projects.Relay
	if r != nil {
		row = &projects.Relay{PublicKey: r.Key.String(), Internal: r.Internal, Confirmed: confirmed}
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := t.projects.PutRelay(ctx, id, row); err != nil {
			t.log.Warn("a relay below will not be known after a restart", "relay", id.Hyphenated(), "error", err)
		}
	}()
}

func staticRelays(cfg *config.Config) (map[envelope.EventID]edge.Relay, error) {
	out := map[envelope.EventID]edge.Relay{}
	for id, relay := range cfg.Auth.StaticRelays {
		parsed, err := envelope.ParseEventID(id)
		if err != nil {
			return nil, fmt.Errorf("auth.static_relays: %q is not a relay id", id)
		}
		key, err := signature.ParsePublicKey(relay.PublicKey)
		if err != nil {
			return nil, fmt.Errorf("auth.static_relays.%s.public_key: %w", id, err)
		}
		out[parsed] = edge.Relay{Key: key, Internal: relay.Internal}
	}
	return out, nil
}
