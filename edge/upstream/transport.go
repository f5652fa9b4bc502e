package upstream

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Transport says how requests get to the upstream.
type Transport struct {
	URL            string        // relay.upstream: an origin URL
	HostHeader     string        // http.host_header; empty: that of URL
	Product        string        // User-Agent of requests of our own
	Timeout        time.Duration // http.timeout, of a whole request; default 5 s
	ConnectTimeout time.Duration // http.connection_timeout; default 3 s
	Proxies        Proxies
}

// origin reads an upstream's URL.
func origin(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("relay.upstream: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return nil, fmt.Errorf("relay.upstream: %q is not an origin such as https://sentry.io/", text)
	}
	return u, nil
}

// base is the URL without a slash at its end.
func (t *Transport) base() string { return strings.TrimSuffix(t.URL, "/") }

func (t *Transport) timeout() time.Duration {
	if t.Timeout == 0 {
		return 5 * time.Second
	}
	return t.Timeout
}

// prepare sets what requests of our own have in common.
func (t *Transport) prepare(req *http.Request) {
	if req.Header["User-Agent"] == nil && t.Product != "" {
		req.Header.Set("User-Agent", t.Product)
	}
	if t.HostHeader != "" {
		req.Host = t.HostHeader
	}
}

// sameMethod follows redirects that keep the method: one that turns a POST into a GET would lose the body and look like success.
func sameMethod(req *http.Request, via []*http.Request) error {
	if len(via) >= 10 || req.Method != via[0].Method {
		return http.ErrUseLastResponse
	}
	return nil
}

// client returns an HTTP client; the deadline of a request is its context's.
func (t *Transport) client() (*http.Client, error) {
	if _, err := origin(t.URL); err != nil {
		return nil, err
	}
	connect := t.ConnectTimeout
	if connect == 0 {
		connect = 3 * time.Second
	}
	return &http.Client{CheckRedirect: sameMethod, Transport: &http.Transport{
		Proxy:                  t.Proxies.For,
		OnProxyConnectResponse: connected,
		DialContext:            (&net.Dialer{Timeout: connect}).DialContext,
		TLSHandshakeTimeout:    connect,
		MaxIdleConnsPerHost:    100,
		IdleConnTimeout:        90 * time.Second,
		ForceAttemptHTTP2:      true,
		// Otherwise a connection that died in silence, as behind a firewall that forgot it, is used until the kernel gives it up, a quarter
		// of an hour later: one connection carries all requests.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 5 * time.Second},
	}}, nil
}
