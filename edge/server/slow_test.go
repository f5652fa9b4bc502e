package server

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"weir/edge"
	"weir/edge/body"
)

// slowRouter reads whole bodies and answers how long they were.
func slowRouter(t *testing.T, timeout time.Duration, rate int64) *Router {
	rt, err := NewRouter(Config{Product: "weir/test", BodyTimeout: timeout, MinRate: rate, Now: time.Now, Log: slog.New(slog.DiscardHandler)},
		edge.Route{Path: "/length/", Handle: func(x *edge.Exchange) edge.Reply {
			buf, err := body.Read(x.R, 64<<20, nil)
			if err != nil {
				return edge.Text(http.StatusBadRequest, err.Error())
			}
			defer buf.Free()
			return edge.Text(http.StatusOK, fmt.Sprint(len(buf.B)))
		}},
		edge.Route{Path: "/long/", Handle: func(*edge.Exchange) edge.Reply { return edge.Reply{Status: 200, Body: make([]byte, 32<<20)} }})
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

// A body that does not arrive within its time ends its request and its connection.
func TestBodyTimeout(t *testing.T) {
	s := start(t, slowRouter(t, 100*time.Millisecond, 1<<30), Connections{BodyTimeout: 100 * time.Millisecond})
	for _, rest := range []string{"Content-Length: 1000\r\n\r\nx", "Transfer-Encoding: chunked\r\n\r\n5\r\nhe", "Content-Length: 1000\r\nContent-Encoding: gzip\r\n\r\n\x1f"} {
		c := dial(t, s)
		fmt.Fprintf(c, "POST /length/ HTTP/1.1\r\nHost: h\r\n%s", rest)
		if resp := status(t, c); resp.StatusCode != 400 {
			t.Errorf("status %d", resp.StatusCode)
		}
		if _, err := io.ReadAll(c); err != nil {
			t.Error("the connection stays open", err)
		}
	}
}

// A body that makes progress may take longer than the timeout, and the connection serves on.
func TestSlowBodyWithProgress(t *testing.T) {
	const timeout, size = 300 * time.Millisecond, 3 * progress
	s := start(t, slowRouter(t, timeout, progress/int64(patience.Seconds())), Connections{BodyTimeout: timeout})
	c := dial(t, s)
	for range 2 {
		head := fmt.Appendf(nil, "POST /length/ HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", size)
		if _, err := c.Write(append(head, make([]byte, 2*progress)...)); err != nil { // at once: the first of it has the timeout alone
			t.Fatal(err)
		}
		<-time.After(2 * timeout) // it is the time that passes that is tested
		if _, err := c.Write(make([]byte, size-2*progress)); err != nil {
			t.Fatal(err)
		}
		if resp := status(t, c); resp.StatusCode != 200 {
			t.Errorf("status %d", resp.StatusCode)
		}
		<-time.After(2 * timeout) // between requests there is no deadline
	}
}

// A client that does not read a long answer is cut off.
func TestUnreadAnswer(t *testing.T) {
	s := start(t, slowRouter(t, 100*time.Millisecond, 1<<40), Connections{BodyTimeout: 100 * time.Millisecond})
	c := dial(t, s)
	fmt.Fprint(c, "GET /long/ HTTP/1.1\r\nHost: h\r\n\r\n")
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil { // waits for the answer to end
		t.Error(err)
	}
}

// Connections on which nothing has been sent, or half of a header, do not hold a shutdown up.
func TestShutdownWithSilentConnections(t *testing.T) {
	s := start(t, testRouter(t), Connections{HeaderTimeout: time.Hour})
	silent, half, used := dial(t, s), dial(t, s), dial(t, s)
	fmt.Fprint(half, "POST /api/1/store/ HTT")
	fmt.Fprint(used, "GET /api/relay/healthcheck/live/ HTTP/1.1\r\nHost: h\r\n\r\n")
	status(t, used)                                                // the others have been accepted before
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second) // net/http alone would wait for 5 s
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	for _, c := range []net.Conn{silent, half, used} {
		if b, err := io.ReadAll(c); err == nil && len(bytes.TrimSpace(b)) > 0 {
			t.Errorf("got %q", b)
		}
	}
}
