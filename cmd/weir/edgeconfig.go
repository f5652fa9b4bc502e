package main

import (
	"fmt"
	"io/fs"
	"net/url"
	"strconv"

	"weir/cmd/weir/config"
	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/signature"
	"weir/edge/admission"
	"weir/edge/health"
	"weir/edge/intake"
	edgeproducer "weir/edge/producer"
	"weir/edge/server"
	rules "weir/processors/admission"
)

// writerConfig is what the configuration says about the writer of raw.
func writerConfig(cfg *config.Config) edgeproducer.Config {
	w := cfg.Weir
	return edgeproducer.Config{AckTimeout: w.AckTimeout.Duration(), MaxBytes: int64(w.ProducerBytes), Queued: w.Ack == "queued", ByKey: !cfg.Processing.Enabled}
}

func memoryConfig(cfg *config.Config, root fs.FS) health.MemoryConfig {
	h := cfg.Health
	return health.MemoryConfig{MaxPercent: h.MaxMemoryPercent, MaxBytes: uint64(deref(h.MaxMemoryBytes)), HasBytes: h.MaxMemoryBytes != nil, Refresh: h.MemoryRefresh.Duration(), Root: root}
}

func probeConfig(cfg *config.Config) health.Config {
	h := cfg.Health
	return health.Config{Refresh: h.RefreshInterval.Duration(), Timeout: h.ProbeTimeout.Duration()}
}

func routerConfig(cfg *config.Config) server.Config {
	return server.Config{Product: "weir/" + version, BodyTimeout: cfg.Weir.BodyTimeout.Duration(), MinRate: int64(cfg.Weir.BodyRate)}
}

func socketConfig(cfg *config.Config) (server.Sockets, server.Connections) {
	l := cfg.Limits
	return server.Sockets{KeepAlive: l.KeepaliveTimeout.Duration(), Backlog: l.TCPListenBacklog},
		server.Connections{BodyTimeout: cfg.Weir.BodyTimeout.Duration(), IdleTimeout: deref(l.IdleTimeout).Duration(), Max: deref(l.MaxConnections)}
}

// bodyBudget bounds the memory of request bodies in bytes, unless weir.body_bytes does. An envelope of the largest size stands in it twice while it waits for the
// broker; more than 60 % of the memory there is (0: not known) must not be taken.
func bodyBudget(cfg *config.Config, memory uint64) int64 {
	if n := cfg.Weir.BodyBytes; n > 0 {
		return int64(n)
	}
	budget := max(3*int64(cfg.Limits.MaxEnvelopeSize), 256<<20)
	if memory > 0 {
		budget = min(budget, int64(memory/10*6))
	}
	return budget
}

func gateConfig(cfg *config.Config) admission.Config {
	l := cfg.Limits
	accept := !cfg.Processing.Enabled
	if cfg.Routing.AcceptUnknownItems != nil {
		accept = *cfg.Routing.AcceptUnknownItems
	}
	return admission.Config{
		Proxy: cfg.Relay.Mode == "proxy", AcceptUnknownItems: accept,
		Project: rules.ProjectConfig{OverrideProjectIDs: cfg.Relay.OverrideProjectIDs, SignatureMaxAge: cfg.Auth.SignatureMaxAge.Duration(), Verify: signature.Verify},
		Sizes: rules.Sizes{
			MaxEventSize: int(l.MaxEventSize), MaxAttachmentSize: int(l.MaxAttachmentSize), MaxAttachmentCount: l.MaxAttachmentCount, MaxAttachmentsSize: int(l.MaxAttachmentsSize),
			MaxSessionsSize: int(l.MaxSessionsSize), MaxSessionCount: l.MaxSessionCount, MaxClientReportsSize: int(l.MaxClientReportsSize), MaxClientReportsCount: l.MaxClientReportsCount,
			MaxCheckInSize: int(l.MaxCheckInSize), MaxMetricBucketsSize: int(l.MaxMetricBucketsSize), MaxProfileSize: int(l.MaxProfileSize), MaxReplayCompressedSize: int(l.MaxReplayCompressed),
			MaxLogSize: int(l.MaxLogSize), MaxTraceMetricSize: int(l.MaxTraceMetricSize), MaxSpanSize: int(l.MaxSpanSize), MaxStandaloneSpanCount: l.MaxStandaloneSpanCount, MaxContainerSize: int(l.MaxContainerSize),
		},
	}
}

func intakeConfig(cfg *config.Config) (intake.Config, error) {
	l := cfg.Limits
	out := intake.DefaultConfig()
	out.MaxEnvelopeSize, out.MaxEventSize = int64(l.MaxEnvelopeSize), int64(l.MaxEventSize)
	out.MaxAttachmentSize, out.MaxAttachmentsSize = int64(l.MaxAttachmentSize), int64(l.MaxAttachmentsSize)
	out.MaxUploadSize, out.MaxContainerSize = int64(l.MaxUploadSize), int64(l.MaxContainerSize)
	out.Product = "weir/" + version
	u, err := url.Parse(cfg.Relay.Upstream)
	if err != nil {
		return out, fmt.Errorf("relay.upstream: %w", err)
	}
	out.Upstream = dsn.DSN{Scheme: u.Scheme, Host: u.Hostname()}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return out, fmt.Errorf("relay.upstream: %w", err)
		}
		out.Upstream.Port = uint16(n)
	}
	out.InternalRelays = map[envelope.EventID]bool{}
	relays, err := staticRelays(cfg)
	for id, relay := range relays {
		out.InternalRelays[id] = relay.Internal
	}
	return out, err
}
