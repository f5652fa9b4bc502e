package upstream

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"weir/edge"
	"weir/edge/body"
)

// ForwardConfig says where requests that are not ours go (edge 1.4, 12.4).
type ForwardConfig struct {
	Transport
	MaxPayload     int64 // limits.max_api_payload_size
	MaxFileUpload  int64 // limits.max_api_file_upload_size
	MaxChunkUpload int64 // limits.max_api_chunk_upload_size
}

// Forwarder passes requests on unseen.
type Forwarder struct {
	cfg       ForwardConfig
	base      *url.URL
	transport *http.Transport
}

// NewForwarder returns a forwarder to the upstream of the configuration.
func NewForwarder(cfg ForwardConfig) (*Forwarder, error) {
	base, err := origin(cfg.URL)
	if err != nil {
		return nil, err
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 3 * time.Second
	}
	return &Forwarder{cfg: cfg, base: base, transport: &http.Transport{
		Proxy:                  cfg.Proxies.For,
		OnProxyConnectResponse: connected,
		DialContext:            (&net.Dialer{Timeout: cfg.ConnectTimeout}).DialContext,
		TLSHandshakeTimeout:    cfg.ConnectTimeout,
		DisableCompression:     true, // the client's Accept-Encoding decides
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        90 * time.Second,
	}}, nil
}

// Fallback answers what no route matches (edge 1.4). f nil means that nothing is forwarded.
func Fallback(limits ForwardConfig, f *Forwarder) edge.Handler {
	return func(x *edge.Exchange) edge.Reply {
		path := x.R.URL.Path
		limit := limits.limit(path)
		switch {
		case x.R.ContentLength > limit:
			return edge.Text(http.StatusRequestEntityTooLarge, "length limit exceeded")
		case f == nil, path == "/api/", !strings.HasPrefix(path, "/api/"):
			return edge.Empty(http.StatusNotFound)
		}
		return f.forward(x, limit, true)
	}
}

// Pass forwards a request of the relay API (edge 12.3): as Fallback, without adding X-Forwarded-For.
func (f *Forwarder) Pass(x *edge.Exchange) edge.Reply {
	return f.forward(x, f.cfg.limit(x.R.URL.Path), false)
}

// limit is the largest decoded body for a path.
func (c *ForwardConfig) limit(path string) int64 {
	parts := strings.Split(path, "/") // "", api, 0, projects, a, b, releases, 1, files, ""
	switch {
	case len(parts) == 10 && strings.HasPrefix(path, "/api/0/projects/") && parts[6] == "releases" && (parts[8] == "files" || parts[8] == "dsyms") && parts[9] == "":
		return c.MaxFileUpload
	case len(parts) == 7 && strings.HasPrefix(path, "/api/0/organizations/") && parts[5] == "chunk-upload" && parts[6] == "":
		return c.MaxChunkUpload
	}
	return c.MaxPayload
}

// hop are the headers that belong to one connection (edge 12.4).
var hop = []string{"Connection", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

func (f *Forwarder) forward(x *edge.Exchange, limit int64, addForwarded bool) edge.Reply {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.R.Context()), f.cfg.timeout())
	defer cancel()
	target := *f.base
	target.Path, target.RawPath, target.RawQuery, target.ForceQuery = x.R.URL.Path, x.R.URL.RawPath, x.R.URL.RawQuery, x.R.URL.ForceQuery
	req := (&http.Request{Method: x.R.Method, URL: &target, Header: x.R.Header.Clone(), Host: f.cfg.HostHeader, ContentLength: x.R.ContentLength}).WithContext(ctx)
	if x.R.ContentLength != 0 {
		req.Body = io.NopCloser(body.Limit(x.R.Body, limit))
	}
	for _, name := range hop {
		delete(req.Header, name)
	}
	delete(req.Header, "Content-Length")
	if _, ok := req.Header["User-Agent"]; !ok {
		req.Header["User-Agent"] = nil // none, rather than Go's
	}
	if addForwarded {
		_, chain := edge.Addresses(x.R)
		req.Header.Add("X-Forwarded-For", chain)
	}
	resp, err := f.transport.RoundTrip(req)
	if err != nil {
		return edge.Empty(failure(err))
	}
	defer func() { _ = resp.Body.Close() }()
	h := x.W.Header()
	for name, values := range resp.Header {
		if name != "Server" {
			h[name] = append(h[name], values...)
		}
	}
	for _, name := range hop {
		delete(h, name)
	}
	if len(h["Content-Type"]) == 0 {
		h["Content-Type"] = nil // none, rather than a guess
	}
	x.W.WriteHeader(resp.StatusCode)
	if _, err := io.Copy(x.W, resp.Body); err != nil {
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
	return edge.Reply{Status: resp.StatusCode, Done: true}
}

// failure is the status for a request that got no answer (edge 12.4).
func failure(err error) int {
	var timeout net.Error
	switch {
	case errors.Is(err, body.ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return http.StatusGatewayTimeout
	case errors.Is(err, body.ErrUnreadable):
		return http.StatusBadRequest
	}
	return http.StatusBadGateway
}
