package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"weir/cmd/weir/config"
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
	"weir/topologies/outcomes"
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
	writes := writerConfig(cfg)
	writes.Topics, writes.Client, writes.ChunkBytes = s.names, s.cluster.Options(s.cluster.ProducerOpts...), s.chunkBytes()
	writes.Metrics, writes.Now, writes.Log = edgeproducer.NewMetrics(s.metrics), s.clock, s.log.With("part", "writer")
	writer, err := edgeproducer.New(writes)
	if err != nil {
		return nil, err
	}
	s.services.atStop("raw writer", writer.Close)
	account := admission.NewAccount(s.known, s.refusalSink(writer), s.clock)
	s.services.start("refusals", func(ctx context.Context) error {
		account.Run(ctx, refusalInterval(cfg), func(err error) { s.log.Warn("refused requests wait to be accounted for", "error", err) })
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return account.Flush(last, true)
	})
	watch := memoryConfig(cfg, os.DirFS("/"))
	watch.Now = s.clock
	memory := health.NewMemory(watch)
	probes, full := s.watchRoom(writer, o.full)
	probes = append(append([]health.Probe{memory.Probe(), {Name: "kafka", Check: writer.Ping}}, probes...), o.probes...)
	checks := probeConfig(cfg)
	checks.Now, checks.Log = s.clock, s.log.With("part", "health")
	checker := health.New(checks, probes...)
	s.services.start("health", func(ctx context.Context) error { checker.Run(ctx); return nil })
	budget := body.NewBudget(bodyBudget(cfg, memory.Usage().Total))
	gate := &admission.Gate{Config: gateConfig(cfg), Projects: s.known, Limits: s.limits, Writer: writer, Refusals: account, Memory: memory.OK, Full: full, Budget: budget, Now: s.clock, Log: s.log.With("part", "edge")}
	intakeCfg, err := intakeConfig(cfg)
	if err != nil {
		return nil, usageError{err}
	}
	in, err := intake.New(intakeCfg, gate, budget)
	if err != nil {
		return nil, err
	}
	relays, fallback, err := s.relayAPI(o.upstream, writer, budget)
	if err != nil {
		return nil, usageError{err}
	}
	gauges := func() []health.Gauge {
		bytes, _ := writer.Buffered()
		return []health.Gauge{{Name: "memory_usage", Value: memory.Usage().Share()}, {Name: "spool_item_count", Value: float64(writer.Waiting())}, {Name: "spool_total_size", Value: float64(bytes)}}
	}
	addr, err := s.listen(ctx, checker, gauges, fallback, slices.Concat(o.routes, relays, in.Routes()))
	if err != nil {
		return nil, err
	}
	return &edgeParts{addr: addr, checker: checker, writer: writer}, nil
}

// refusalInterval is how long refused requests are summed up: as long as one slot of outcomes, and no longer than ten seconds.
func refusalInterval(cfg *config.Config) time.Duration {
	return min(max(cfg.Aggregator.BucketInterval.Duration(), time.Second), 10*time.Second)
}

// watchRoom says when there is no room for envelopes: the writer's budget, the embedded broker's bound (brokerFull, nil without one)
// or the disk of the data directory is used up.
func (s *stack) watchRoom(writer *edgeproducer.Producer, brokerFull func() bool) (probes []health.Probe, full func() bool) {
	probes = []health.Probe{{Name: "spool health", Check: func(context.Context) error { return writer.Room() }}}
	if brokerFull == nil {
		return probes, nil
	}
	probes = append(probes, health.Probe{Name: "embedded broker", Check: func(context.Context) error {
		if brokerFull() {
			return errors.New("unread records take all of weir.embedded.max_bytes")
		}
		return nil
	}})
	dir := s.cfg.Weir.DataDir
	if dir == "" {
		return probes, brokerFull
	}
	disk := health.NewDisk(uint64(s.cfg.Weir.MinFreeDisk), func() (uint64, error) { return freeDisk(dir) })
	s.services.start("disk", func(ctx context.Context) error { disk.Run(ctx, time.Second); return nil })
	return append(probes, disk.Probe()), func() bool { return brokerFull() || !disk.OK() }
}

// listen opens the main listener, and the internal one where it is set (edge 1.2).
func (s *stack) listen(ctx context.Context, checker *health.Checker, gauges func() []health.Gauge, fallback edge.Handler, ingestion []edge.Route) (net.Addr, error) {
	r := s.cfg.Relay
	internal := checker.Routes(gauges)
	main := append([]edge.Route{health.Live}, ingestion...)
	if r.InternalHost != nil || r.InternalPort != nil {
		main = append([]edge.Route{health.NotFound}, main...)
		if _, err := s.serve(ctx, "internal listener", healthAddr(s.cfg), nil, nil, internal); err != nil {
			return nil, err
		}
	} else {
		main = append(internal, main...)
	}
	return s.serve(ctx, "listener", net.JoinHostPort(r.Host, strconv.Itoa(r.Port)), checker, fallback, main)
}

func (s *stack) serve(ctx context.Context, name, addr string, checker *health.Checker, fallback edge.Handler, routes []edge.Route) (net.Addr, error) {
	if s.requests == nil {
		s.requests = server.NewMetrics(s.metrics)
	}
	requests := routerConfig(s.cfg)
	requests.Fallback, requests.Metrics, requests.Now, requests.Log = fallback, s.requests, s.clock, s.log.With("part", "edge")
	router, err := server.NewRouter(requests, routes...)
	if err != nil {
		return nil, err
	}
	sockets, connections := socketConfig(s.cfg)
	listener, err := server.Listen(ctx, addr, sockets)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	srv := server.New(listener, router, connections, s.clock, s.log)
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
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Until(s.stopBy)*6/10)
		defer cancel()
		if err := srv.Shutdown(drain); err != nil {
			s.log.Warn("requests were cut off: their clients took too long", "error", err)
		}
		<-done
		return ctx.Err()
	})
	return listener.Addr(), nil
}

// serveMetrics opens the console listener, where it is configured: metrics for Prometheus and profiles of the process, and the counters of the
// outcomes table.
func (s *stack) serveMetrics(ctx context.Context) error {
	addr := s.cfg.Weir.Console
	if addr == "" {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("weir.console: %w", err)
	}
	s.metrics.MustRegister(outcomes.NewCollector(s.counters, s.names))
	mux := http.NewServeMux()
	s.outcomeRoutes(mux)
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
		if t.Scope.Org == 0 && !s.proxy() {
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
