package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

const patience = 20 * time.Second

func start(t *testing.T, h http.Handler, c Connections) *Server {
	l, err := Listen(t.Context(), "127.0.0.1:0", Sockets{KeepAlive: 5 * time.Second, Backlog: 64})
	if err != nil {
		t.Fatal(err)
	}
	s := New(l, h, c, time.Now, slog.New(slog.DiscardHandler))
	done := make(chan error, 1)
	go func() { done <- s.Serve() }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s
}

func dial(t *testing.T, s *Server) net.Conn {
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func status(t *testing.T, c net.Conn) *http.Response {
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp
}

// begin returns a server with one request in flight, and its connection: the last byte of the body is missing.
func begin(t *testing.T) (*Server, net.Conn) {
	entered := make(chan struct{})
	rt := testRouter(t)
	s := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		rt.ServeHTTP(w, r)
	}), Connections{})
	c := dial(t, s)
	fmt.Fprintf(c, "POST /api/1/store/ HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhell")
	<-entered
	return s, c
}

// A request that has begun is answered although the server stops meanwhile; new connections are refused.
func TestShutdownFinishesRequests(t *testing.T) {
	s, c := begin(t)

	stopped := make(chan error, 1)
	go func() { stopped <- s.Shutdown(t.Context()) }()
	for deadline := time.Now().Add(patience); ; {
		d, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			break
		}
		_ = d.Close()
		if time.Now().After(deadline) {
			t.Fatal("still accepting")
		}
	}
	select {
	case err := <-stopped:
		t.Fatal("stopped with a request in flight", err)
	default:
	}
	fmt.Fprint(c, "o")
	resp := status(t, c)
	if resp.StatusCode != 200 || !resp.Close {
		t.Errorf("status %d, close %v", resp.StatusCode, resp.Close)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestShutdownGivesUp(t *testing.T) {
	s, c := begin(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is open")
	}
}

// A client that does not finish its header within the timeout is cut off.
func TestHeaderTimeout(t *testing.T) {
	s := start(t, testRouter(t), Connections{HeaderTimeout: 50 * time.Millisecond})
	c := dial(t, s)
	fmt.Fprintf(c, "POST /api/1/store/ HTTP/1.1\r\nHost:")
	if _, err := io.ReadAll(c); err != nil {
		t.Error(err)
	}
}

// An idle connection is closed; one with traffic now and then is not.
func TestIdleTimeout(t *testing.T) {
	s := start(t, testRouter(t), Connections{IdleTimeout: 2 * time.Second})
	c := dial(t, s)
	fmt.Fprintf(c, "POST /api/1/store/ HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n")
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	for range 8 {
		<-tick.C
		fmt.Fprint(c, "x")
	}
	if resp := status(t, c); resp.StatusCode != 200 {
		t.Errorf("status %d", resp.StatusCode)
	}
	if _, err := io.ReadAll(c); err != nil {
		t.Error(err)
	}
}

// With all slots taken a connection waits in the backlog, and is served when one is free.
func TestMaxConnections(t *testing.T) {
	s := start(t, testRouter(t), Connections{Max: 1})
	first := dial(t, s)
	fmt.Fprintf(first, "GET /api/relay/healthcheck/live/ HTTP/1.1\r\nHost: h\r\n\r\n")
	status(t, first)
	second := dial(t, s)
	fmt.Fprintf(second, "GET /api/relay/healthcheck/live/ HTTP/1.1\r\nHost: h\r\n\r\n")
	_ = second.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if _, err := second.Read(make([]byte, 1)); err == nil {
		t.Fatal("a second connection is served")
	}
	_ = first.Close()
	_ = second.SetReadDeadline(time.Now().Add(patience))
	if resp := status(t, second); resp.StatusCode != 200 {
		t.Errorf("status %d", resp.StatusCode)
	}
}

// A client that sends a body that nobody wants gets to read the answer.
func TestRefusedWhileSending(t *testing.T) {
	s := start(t, testRouter(t), Connections{})
	c := dial(t, s)
	const size = 8 << 20
	fmt.Fprintf(c, "POST /api/1/store/ HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", size)
	if _, err := io.Copy(c, io.LimitReader(zeros{}, size)); err != nil {
		t.Fatal(err)
	}
	if resp := status(t, c); resp.StatusCode != 400 {
		t.Errorf("status %d", resp.StatusCode)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestHTTP2Cleartext(t *testing.T) {
	s := start(t, testRouter(t), Connections{})
	tr := &http.Transport{Protocols: new(http.Protocols)}
	tr.Protocols.SetUnencryptedHTTP2(true)
	defer tr.CloseIdleConnections()
	resp, err := (&http.Client{Transport: tr, Timeout: patience}).Post("http://"+s.Addr().String()+"/api/1/store/", "", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if b, _ := io.ReadAll(resp.Body); resp.ProtoMajor != 2 || string(b) != "1||hello" {
		t.Errorf("HTTP/%d %q", resp.ProtoMajor, b)
	}
}

// Hundreds of clients that never finish their request do not keep others from being answered.
func TestSlowClients(t *testing.T) {
	s := start(t, testRouter(t), Connections{})
	for i := range 400 {
		c := dial(t, s)
		if i%2 == 0 {
			fmt.Fprint(c, "POST /api/1/store/ HTTP/1.1\r\nHo")
		} else {
			fmt.Fprint(c, "POST /api/1/store/ HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nx")
		}
	}
	healthy := dial(t, s)
	fmt.Fprint(healthy, "GET /api/relay/healthcheck/live/ HTTP/1.1\r\nHost: h\r\n\r\n")
	if resp := status(t, healthy); resp.StatusCode != 200 {
		t.Errorf("status %d", resp.StatusCode)
	}
}
