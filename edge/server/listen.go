package server

import (
	"context"
	"net"
	"sync"
	"time"
)

// Sockets are the connection rules of edge 2.
type Sockets struct {
	KeepAlive time.Duration // limits.keepalive_timeout: idle time and interval of TCP keepalive probes; 0: off
	Backlog   int           // limits.tcp_listen_backlog; 0: the system's
}

const keepAliveProbes = 5

// Listen opens a TCP listener by these rules. TCP_NODELAY is what Go sets anyway.
func Listen(ctx context.Context, addr string, s Sockets) (net.Listener, error) {
	lc := net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{Enable: s.KeepAlive > 0, Idle: s.KeepAlive, Interval: s.KeepAlive, Count: keepAliveProbes}}
	if s.KeepAlive <= 0 {
		lc.KeepAlive = -1
	}
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if s.Backlog > 0 {
		setBacklog(l.(*net.TCPListener), s.Backlog)
	}
	return l, nil
}

// limitListener accepts only while there is a free slot; further connections wait in the backlog.
type limitListener struct {
	net.Listener
	slots  chan struct{}
	closed chan struct{}
}

func (l *limitListener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
	}
	return c, err
}

// idleListener closes connections without traffic.
type idleListener struct {
	net.Listener
	timeout time.Duration
	now     func() time.Time
}

func (l *idleListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &idleConn{TCPConn: c.(*net.TCPConn), l: l}, nil
}

// idleConn sets the deadline anew with every read. A nearer deadline of the HTTP server, which it also uses to end a read in another
// goroutine, is respected.
type idleConn struct {
	*net.TCPConn
	l *idleListener

	mu   sync.Mutex
	http time.Time // what the server asked for; zero: none
}

// SetReadDeadline is the HTTP server's.
func (c *idleConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.http = t
	return c.TCPConn.SetReadDeadline(c.nearest())
}

// SetDeadline is the HTTP server's.
func (c *idleConn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

func (c *idleConn) nearest() time.Time {
	idle := c.l.now().Add(c.l.timeout)
	if c.http.IsZero() || idle.Before(c.http) {
		return idle
	}
	return c.http
}

func (c *idleConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	err := c.TCPConn.SetReadDeadline(c.nearest())
	c.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return c.TCPConn.Read(p)
}
