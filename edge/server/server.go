package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// maxHeader bounds request line and header fields, in bytes; a GET to /store/ carries its event there.
const maxHeader = 256 << 10

// Connections says how long a connection may do nothing and how many there may be (edge 2).
type Connections struct {
	HeaderTimeout time.Duration // until the request header is complete; 0: 5 s
	IdleTimeout   time.Duration // limits.idle_timeout: without any traffic; 0: never
	Max           int           // limits.max_connections; 0: unlimited
}

// Server serves one listener.
type Server struct {
	http     http.Server
	listener net.Listener
	slots    chan struct{}
	closed   chan struct{}
	stopping atomic.Bool
}

// New returns a server for an open listener. Serve starts it.
func New(l net.Listener, h http.Handler, c Connections, now func() time.Time, log *slog.Logger) *Server {
	if c.HeaderTimeout == 0 {
		c.HeaderTimeout = 5 * time.Second
	}
	s := &Server{closed: make(chan struct{})}
	if c.Max > 0 {
		s.slots = make(chan struct{}, c.Max)
		l = &limitListener{l, s.slots, s.closed}
	}
	if c.IdleTimeout > 0 {
		l = &idleListener{l, c.IdleTimeout, now}
	}
	s.listener = l
	s.http = http.Server{
		Handler:           s.guard(h),
		ReadHeaderTimeout: c.HeaderTimeout,
		MaxHeaderBytes:    maxHeader,
		ConnState:         s.connState,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		Protocols:         new(http.Protocols),
	}
	s.http.Protocols.SetHTTP1(true)
	s.http.Protocols.SetUnencryptedHTTP2(true)
	return s
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Serve answers requests until Shutdown or Close; then it returns nil.
func (s *Server) Serve() error {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Shutdown stops accepting at once and returns when every request that has begun is answered, or with ctx.Err()
// and all connections closed when ctx ends before (edge 14).
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop()
	err := s.http.Shutdown(ctx)
	if err != nil {
		_ = s.http.Close()
	}
	return err
}

// Close drops all connections.
func (s *Server) Close() error {
	s.stop()
	return s.http.Close()
}

func (s *Server) stop() {
	if !s.stopping.Swap(true) {
		close(s.closed)
	}
}

// guard tells clients of a stopping server not to use the connection again.
func (s *Server) guard(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.stopping.Load() {
			w.Header()["Connection"] = headerClose
		}
		h.ServeHTTP(w, r)
	})
}

func (s *Server) connState(_ net.Conn, state http.ConnState) {
	if s.slots != nil && (state == http.StateClosed || state == http.StateHijacked) {
		<-s.slots
	}
}
