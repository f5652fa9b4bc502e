package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"weir/cmd/weir/config"
	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/raw"
	"weir/edge"
	"weir/edge/admission"
	"weir/edge/body"
	"weir/edge/health"
	"weir/edge/intake"
	edgeproducer "weir/edge/producer"
	"weir/edge/server"
	"weir/edge/upstream"
	rules "weir/processors/admission"
)

// edgeParts are the edge of this process once it runs.
type edgeParts struct {
	addr    net.Addr
	checker *health.Checker
	writer  *edgeproducer.Producer
}

// edgeOptions are what differs between processes with an edge.
type edgeOptions struct {
	routes   []edge.Route // of their own
	full     func() bool  // the embedded broker takes no more input; nil: there is none
	upstream *upstream.Client
	probes   []health.Probe // further conditions of readiness
}

// runEdge opens the listener and everything behind it.
func (s *stack) runEdge(ctx context.Context, o edgeOptions) (*edgeParts, error) {
	cfg := s.cfg
	w := cfg.Weir
	writer, err := edgeproducer.New(edgeproducer.Config{Topics: s.names, Client: s.cluster.Options(s.cluster.ProducerOpts...), AckTimeout: w.AckTimeout.Duration(),
		MaxBytes: int64(w.ProducerBytes), ChunkBytes: s.chunkBytes(), Queued: w.Ack == "queued", Log: s.log.With("part", "writer")})
	if err != nil {
		return nil, err
	}
	s.services.atStop("raw writer", writer.Close)
	account := admission.NewAccount(s.projects, s.refusalSink(writer), s.clock)
	s.services.start("refusals", func(ctx context.Context) error {
		account.Run(ctx, 10*time.Second, func(err error) { s.log.Warn("refused requests wait to be accounted for", "error", err) })
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return account.Flush(last, true)
	})
	h := cfg.Health
	memory := health.NewMemory(health.MemoryConfig{MaxPercent: h.MaxMemoryPercent, MaxBytes: uint64(deref(h.MaxMemoryBytes)), HasBytes: h.MaxMemoryBytes != nil, Refresh: h.MemoryRefresh.Duration(), Root: os.DirFS("/")})
	s.services.start("memory", func(ctx context.Context) error { memory.Run(ctx); return nil })
	probes := append([]health.Probe{memory.Probe(), {Name: "kafka", Check: writer.Ping}}, o.probes...)
	if full := o.full; full != nil {
		probes = append(probes, health.Probe{Name: "embedded broker", Check: func(context.Context) error {
			if full() {
				return fmt.Errorf("unread records take all of weir.embedded.max_bytes")
			}
			return nil
		}})
	}
	checker := health.New(health.Config{Refresh: h.RefreshInterval.Duration(), Timeout: h.ProbeTimeout.Duration(), Now: s.clock, Log: s.log.With("part", "health")}, probes...)
	s.services.start("health", func(ctx context.Context) error { checker.Run(ctx); return nil })
	budget := body.NewBudget(bodyBudget(cfg, memory.Usage().Total))
	gate := &admission.Gate{Config: gateConfig(cfg), Projects: s.projects, Limits: s.limits, Writer: writer, Refusals: account, Memory: memory.OK, Budget: budget, Now: s.clock, Log: s.log.With("part", "edge")}
	intakeCfg, err := intakeConfig(cfg)
	if err != nil {
		return nil, usageError{err}
	}
	in, err := intake.New(intakeCfg, gate, budget)
	if err != nil {
		return nil, err
	}
	relays, fallback, err := s.relayAPI(o.upstream, budget)
	if err != nil {
		return nil, usageError{err}
	}
	addr, err := s.listen(ctx, checker, fallback, slices.Concat(o.routes, relays, in.Routes()))
	if err != nil {
		return nil, err
	}
	return &edgeParts{addr: addr, checker: checker, writer: writer}, nil
}

// listen opens the main listener, and the internal one where it is set (edge 1.2).
func (s *stack) listen(ctx context.Context, checker *health.Checker, fallback edge.Handler, ingestion []edge.Route) (net.Addr, error) {
	r := s.cfg.Relay
	gauges := func() []health.Gauge { return []health.Gauge{{Name: "up", Value: 1}} }
	internal := checker.Routes(gauges)
	main := append([]edge.Route{health.Live}, ingestion...)
	if r.InternalHost != nil || r.InternalPort != nil {
		main = append([]edge.Route{health.NotFound}, main...)
		if _, err := s.serve(ctx, "internal listener", healthAddrListen(s.cfg), nil, nil, internal); err != nil {
			return nil, err
		}
	} else {
		main = append(internal, main...)
	}
	return s.serve(ctx, "listener", net.JoinHostPort(r.Host, strconv.Itoa(r.Port)), checker, fallback, main)
}

func healthAddrListen(cfg *config.Config) string {
	host, port := cfg.Relay.Host, cfg.Relay.Port
	if cfg.Relay.InternalHost != nil {
		host = *cfg.Relay.InternalHost
	}
	if cfg.Relay.InternalPort != nil {
		port = *cfg.Relay.InternalPort
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

func (s *stack) serve(ctx context.Context, name, addr string, checker *health.Checker, fallback edge.Handler, routes []edge.Route) (net.Addr, error) {
	l := s.cfg.Limits
	router, err := server.NewRouter(server.Config{Product: "weir/" + version, Fallback: fallback, Now: s.clock, Log: s.log.With("part", "edge")}, routes...)
	if err != nil {
		return nil, err
	}
	listener, err := server.Listen(ctx, addr, server.Sockets{KeepAlive: l.KeepaliveTimeout.Duration(), Backlog: l.TCPListenBacklog})
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	idle := time.Duration(0)
	if l.IdleTimeout != nil {
		idle = l.IdleTimeout.Duration()
	}
	srv := server.New(listener, router, server.Connections{IdleTimeout: idle, Max: deref(l.MaxConnections)}, s.clock, s.log)
	s.services.start(name, func(ctx context.Context) error {
		done := make(chan error, 1)
		go func() { done <- srv.Serve() }()
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
		}
		if checker != nil {
			checker.Stop()
		}
		// The rest of the time belongs to what comes after the listener: one slow client must not take it.
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.ShutdownTimeout.Duration()*6/10)
		defer cancel()
		if err := srv.Shutdown(drain); err != nil {
			s.log.Warn("requests were cut off: their clients took too long", "error", err)
		}
		<-done
		return ctx.Err()
	})
	return listener.Addr(), nil
}

// serveMetrics opens the console listener, where it is configured: metrics for Prometheus and profiles of the process.
func (s *stack) serveMetrics(ctx context.Context) error {
	addr := s.cfg.Weir.Console
	if addr == "" {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("weir.console: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	s.services.start("console", func(ctx context.Context) error {
		go func() { <-ctx.Done(); _ = srv.Close() }()
		if err := srv.Serve(listener); err != http.ErrServerClosed {
			return err
		}
		return nil
	})
	return nil
}

// refusalSink writes what refused requests count for as raw records without items: the pipeline makes outcomes and ledger entries of
// their discards, as of any other.
func (s *stack) refusalSink(writer edge.Writer) admission.Sink {
	return func(ctx context.Context, t admission.Refused) error {
		if t.Scope.Org == 0 {
			return nil // the key is unknown or disabled: nothing could be written for it (pipeline 7.5), and nothing was accepted
		}
		var random [10]byte
		rand.Read(random[:]) // never fails
		e := envelope.Envelope{Header: envelope.Header{Version: 7}}
		return writer.Write(ctx, &raw.Record{Receipt: raw.NewReceipt(s.clock(), random), ReceivedAt: t.At, Key: t.Scope.Key, Project: t.Scope.Project, Discards: t.Counts, Body: e.AppendTo(nil)})
	}
}

// chunkBytes is the largest envelope that goes to raw as it is: less than usual where the broker takes less.
func (s *stack) chunkBytes() int {
	room := 0
	for _, name := range []string{s.names.Raw, s.names.Blobs} {
		if n := s.maxBatch[name]; n > 0 && (room == 0 || n < room) {
			room = n
		}
	}
	const headers = 32 << 10
	if room == 0 || room > 1<<20 {
		return 0 // the default
	}
	return max(room-headers, 1<<10)
}

// bodyBudget bounds the memory of request bodies in bytes. An envelope of the largest size stands in it twice while it waits for the
// broker; more than 60 % of the memory there is (0: not known) must not be taken.
func bodyBudget(cfg *config.Config, memory uint64) int64 {
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
		Project: rules.ProjectConfig{OverrideProjectIDs: cfg.Relay.OverrideProjectIDs, SignatureMaxAge: cfg.Auth.SignatureMaxAge.Duration(), Verify: verifySignature},
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
