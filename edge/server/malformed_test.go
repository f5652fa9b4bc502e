package server

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/edge"
)

// What net/http would read and the contract does not, and what it must read.
func TestMalformed(t *testing.T) {
	rt, err := NewRouter(Config{Product: "weir/test", Now: time.Now, Log: slog.New(slog.DiscardHandler)},
		edge.Route{Path: "/a/{}/", Methods: []string{"POST"}, CORS: true, Handle: func(x *edge.Exchange) edge.Reply {
			b, err := io.ReadAll(x.R.Body)
			if err != nil {
				return edge.Text(http.StatusBadRequest, err.Error())
			}
			return edge.Text(http.StatusOK, x.Params[0]+" "+x.R.URL.RawQuery+" "+string(b))
		}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := New(l, rt, Connections{}, time.Now, slog.New(slog.DiscardHandler))
	go func() { _ = srv.Serve() }()
	t.Cleanup(func() { _ = srv.Close() })
	lines := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "X-%d: y\r\n", i)
		}
		return b.String()
	}
	const end, chunked = "Content-Length: 2\r\n\r\nhi", "Transfer-Encoding: chunked\r\n\r\n"
	for name, c := range map[string]struct {
		request string
		status  int
		body    string
	}{
		"simple":              {"POST /a/b/?c=d HTTP/1.1\r\nHost: h\r\n" + end, 200, "b c=d hi"},
		"HTTP/1.0":            {"POST /a/b/ HTTP/1.0\r\n" + end, 200, "b  hi"},
		"HTTP/1.2":            {"POST /a/b/ HTTP/1.2\r\nHost: h\r\n" + end, 400, ""},
		"fragment":            {"POST /a/b/#c HTTP/1.1\r\nHost: h\r\n" + end, 200, "b  hi"},
		"fragment of a query": {"POST /a/b/?c=d#e?f HTTP/1.1\r\nHost: h\r\n" + end, 200, "b c=d hi"},
		"quote in a query":    {"POST /a/b/?c=\" HTTP/1.1\r\nHost: h\r\n" + end, 400, ""},
		"brackets in a query": {"POST /a/b/?c=[{|}]^` HTTP/1.1\r\nHost: h\r\n" + end, 200, "b c=[{|}]^` hi"},
		"path":                {"POST /a/\"{|}^[]\\\xc3\xa9/ HTTP/1.1\r\nHost: h\r\n" + end, 200, "\"{|}^[]\\\xc3\xa9  hi"},
		"bracket in a path":   {"POST /a/</ HTTP/1.1\r\nHost: h\r\n" + end, 400, ""},
		"grave in a path":     {"POST /a/`/ HTTP/1.1\r\nHost: h\r\n" + end, 400, ""},
		"no UTF-8 in a path":  {"POST /a/\xe9/ HTTP/1.1\r\nHost: h\r\n" + end, 400, ""},
		"no UTF-8 in a query": {"POST /a/b/?c=\xff HTTP/1.1\r\nHost: h\r\n" + end, 400, ""},
		"absolute, no host":   {"POST http:///a/b/ HTTP/1.1\r\nHost: h\r\n" + end, 400, ""},
		"absolute target":     {"POST http://x/a/b/ HTTP/1.1\r\nHost: h\r\n" + end, 200, "b  hi"},
		"100 fields":          {"POST /a/b/ HTTP/1.1\r\nHost: h\r\n" + lines(98) + end, 200, "b  hi"},
		"101 fields":          {"POST /a/b/ HTTP/1.1\r\nHost: h\r\n" + lines(99) + end, 431, ""},
		"large field":         {"POST /a/b/ HTTP/1.1\r\nHost: h\r\nX-A: " + strings.Repeat("y", 300_000) + "\r\n" + end, 200, "b  hi"},
		"larger field":        {"POST /a/b/ HTTP/1.1\r\nHost: h\r\nX-A: " + strings.Repeat("y", 500_000) + "\r\n" + end, 431, "*"},
		"long target":         {"POST /a/b/?" + strings.Repeat("c", 65_500) + " HTTP/1.1\r\nHost: h\r\n" + end, 200, "*"},
		"longer target":       {"POST /a/b/?" + strings.Repeat("c", 65_600) + " HTTP/1.1\r\nHost: h\r\n" + end, 414, ""},
		"asterisk":            {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 404, ""},
		"two lengths":         {"POST /a/b/ HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n" + end, 400, "*"},
		"length and chunks":   {"POST /a/b/ HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n" + chunked + "2\r\nhi\r\n0\r\n\r\n", 200, "b  hi"},
		"chunk extension":     {"POST /a/b/ HTTP/1.1\r\nHost: h\r\n" + chunked + "2;c=d\r\nhi\r\n0\r\nT: u\r\n\r\n", 200, "b  hi"},
		"chunk size":          {"POST /a/b/ HTTP/1.1\r\nHost: h\r\n" + chunked + "zz\r\nhi\r\n0\r\n\r\n", 400, "*"},
		"huge chunk":          {"POST /a/b/ HTTP/1.1\r\nHost: h\r\n" + chunked + "fffffffffffffffff\r\nhi\r\n0\r\n\r\n", 400, "*"},
	} {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, c.request) // a server that has answered may have stopped reading
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		body, _ := io.ReadAll(io.LimitReader(resp.Body, max(0, resp.ContentLength)))
		if resp.StatusCode != c.status || c.body != "*" && string(body) != c.body {
			t.Errorf("%s: %d %.100q, want %d %q", name, resp.StatusCode, body, c.status, c.body)
		}
		_ = conn.Close()
	}
}

// Requests that follow each other on a connection without waiting are answered in order, the ones behind an error too.
func TestPipelining(t *testing.T) {
	rt, err := NewRouter(Config{Product: "weir/test", Now: time.Now, Log: slog.New(slog.DiscardHandler)},
		edge.Route{Path: "/{}/", Methods: []string{"POST"}, Handle: func(x *edge.Exchange) edge.Reply { return edge.Text(http.StatusOK, x.Params[0]) }})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := New(l, rt, Connections{}, time.Now, slog.New(slog.DiscardHandler))
	go func() { _ = srv.Serve() }()
	t.Cleanup(func() { _ = srv.Close() })
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const n = 50
	var all strings.Builder
	for i := range n {
		method := "POST"
		if i%7 == 3 {
			method = "PUT" // 405, its body unread
		}
		fmt.Fprintf(&all, "%s /%d/ HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nPOST ", method, i)
	}
	if _, err := io.WriteString(conn, all.String()); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(conn)
	for i := range n {
		resp, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatalf("answer %d: %v", i, err)
		}
		body, err := io.ReadAll(resp.Body)
		switch {
		case err != nil:
			t.Fatal(err)
		case i%7 == 3 && resp.StatusCode != http.StatusMethodNotAllowed, i%7 != 3 && string(body) != fmt.Sprint(i):
			t.Fatalf("answer %d: %d %s", i, resp.StatusCode, body)
		}
	}
}
