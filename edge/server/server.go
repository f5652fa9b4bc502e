package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// maxHeader bounds request line and header fields, in bytes; a GET to /store/ carries its event there.
const maxHeader = 404 << 10

// newGrace is how long a stopping server waits for the request of a connection that was opened before and has not sent one.
const newGrace = 300 * time.Millisecond

// Connections says how long a connection may do nothing and how many there may be (edge 2).
type Connections struct {
	HeaderTimeout time.Duration // until the request header is complete; 0: 5 s
	// BodyTimeout is until the request body is complete, counted from the start of the header; a Router extends it for bodies that make
	// progress (Config.MinRate). 0: never.
	BodyTimeout time.Duration
	IdleTimeout time.Duration // limits.idle_timeout: without any traffic; 0: never
	Max         int           // limits.max_connections; 0: unlimited
}

// Server serves one listener.
type Server struct {
	http     http.Server
	listener net.Listener
	slots    chan struct{}
	closed   chan struct{}
	stopping atomic.Bool

	mu    sync.Mutex
	fresh map[net.Conn]struct{} // connections without a request so far
}

// New returns a server for an open listener. Serve starts it.
func New(l net.Listener, h http.Handler, c Connections, now func() time.Time, log *slog.Logger) *Server {
	if c.HeaderTimeout == 0 {
		c.HeaderTimeout = 5 * time.Second
	}
	s := &Server{closed: make(chan struct{}), fresh: map[net.Conn]struct{}{}}
	if c.Max > 0 {
		s.slots = make(chan struct{}, c.Max)
		l = &limitListener{l, s.slots, s.closed}
	}
	if c.IdleTimeout > 0 {
		l = &idleListener{l, c.IdleTimeout, now}
	}
	s.listener = l
	s.http = http.Server{
		Handler: s.guard(h),

		DisableGeneralOptionsHandler: true, // "OPTIONS *" is a path like any other
		ReadHeaderTimeout:            c.HeaderTimeout,
		ReadTimeout:                  c.BodyTimeout,
		IdleTimeout:                  -1, // the contract has none between requests; 0 would mean ReadTimeout
		MaxHeaderBytes:               maxHeader,
		ConnState:                    s.connState,
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		Protocols:                    new(http.Protocols),
	}
	s.http.Protocols.SetHTTP1(true)
	s.http.Protocols.SetUnencryptedHTTP2(true)
	// What one HTTP/2 client may have on its way before a handler reads it. Larger windows would let it fill memory that no budget counts.
	s.http.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 100, MaxReceiveBufferPerConnection: 1 << 20, MaxReceiveBufferPerStream: 256 << 10}
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
	// net/http waits up to 5 s for the first request of a connection. A client that has just connected gets its chance; one that only keeps a
	// connection in store does not hold the shutdown up.
	grace := time.AfterFunc(newGrace, s.closeFresh)
	err := s.http.Shutdown(ctx)
	grace.Stop()
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

// closeFresh drops the connections on which no request has begun.
func (s *Server) closeFresh() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.fresh {
		_ = c.Close()
	}
}

func (s *Server) connState(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	if state == http.StateNew {
		s.fresh[c] = struct{}{}
	} else {
		delete(s.fresh, c)
	}
	s.mu.Unlock()
	if s.slots != nil && (state == http.StateClosed || state == http.StateHijacked) {
		<-s.slots
	}
}
