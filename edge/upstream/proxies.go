package upstream

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// Proxies says through what HTTP proxy a request goes, as the variables of the environment say it: read like the reference reads them, which
// for one thing asks a proxy for loopback addresses too. The zero value asks none.
type Proxies struct {
	http, https *url.URL
	direct      []string // domains in lower case, as in NO_PROXY
	networks    []netip.Prefix
	everything  bool // NO_PROXY has a *
}

// ReadProxies reads HTTP_PROXY, HTTPS_PROXY, ALL_PROXY (for what the first two leave out) and NO_PROXY. The name in capitals holds when it is
// set, even to nothing, else the one in small letters. A proxy that cannot be read is none, and in the error.
func ReadProxies(lookup func(name string) (value string, ok bool)) (p Proxies, err error) {
	get := func(name string) (string, string) {
		for _, n := range []string{name, strings.ToLower(name)} {
			if v, ok := lookup(n); ok {
				return n, strings.TrimSpace(v)
			}
		}
		return name, ""
	}
	var faults []string
	proxy := func(name string) *url.URL {
		name, text := get(name)
		if text == "" {
			return nil
		}
		u, err := proxyURL(text)
		if err != nil {
			faults = append(faults, name+": "+err.Error())
			return nil
		}
		return u
	}
	all := proxy("ALL_PROXY")
	p.http, p.https = all, all
	if _, script := lookup("REQUEST_METHOD"); !script { // a request's header "Proxy" would be HTTP_PROXY there
		if u := proxy("HTTP_PROXY"); u != nil {
			p.http = u
		}
	}
	if u := proxy("HTTPS_PROXY"); u != nil {
		p.https = u
	}
	_, list := get("NO_PROXY")
	for entry := range strings.SplitSeq(list, ",") {
		p.except(strings.ToLower(strings.TrimSpace(entry)))
	}
	if len(faults) > 0 {
		err = fmt.Errorf("%s; requests go without it", strings.Join(faults, "; "))
	}
	return p, err
}

// proxyURL reads the address of a proxy; without a scheme it is one that is spoken to in HTTP. What is wrong is said without the text: it may
// have a password.
func proxyURL(text string) (*url.URL, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return nil, fmt.Errorf("no address of a proxy such as http://proxy.example.com:3128")
	case u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5" && u.Scheme != "socks5h":
		return nil, fmt.Errorf("a proxy of scheme %s is not known", u.Scheme)
	}
	return u, nil
}

// except takes one entry of NO_PROXY: an address, a network, a domain with all below it, or a *.
func (p *Proxies) except(entry string) {
	if entry == "*" {
		p.everything = true
	} else if n, err := netip.ParsePrefix(entry); err == nil {
		p.networks = append(p.networks, n.Masked())
	} else if a, err := netip.ParseAddr(entry); err == nil {
		p.networks = append(p.networks, netip.PrefixFrom(a, a.BitLen()))
	} else if domain := strings.TrimPrefix(entry, "."); domain != "" {
		p.direct = append(p.direct, domain)
	}
}

// For returns the proxy of a request, nil for none.
func (p *Proxies) For(r *http.Request) (*url.URL, error) {
	proxy := p.http
	if r.URL.Scheme == "https" {
		proxy = p.https
	}
	if proxy == nil || p.excepted(strings.ToLower(r.URL.Hostname())) {
		return nil, nil
	}
	return proxy, nil
}

func (p *Proxies) excepted(host string) bool {
	if p.everything {
		return true
	}
	if a, err := netip.ParseAddr(host); err == nil {
		for _, n := range p.networks {
			if n.Contains(a.Unmap()) || n.Contains(a) {
				return true
			}
		}
		return false
	}
	for _, domain := range p.direct {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

// connected says in clear words why a proxy does not connect to an https upstream.
func connected(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	switch answer.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusProxyAuthRequired:
		return fmt.Errorf("the HTTP proxy %s refuses: %s; HTTPS_PROXY takes http://user:password@host:port", proxy.Host, answer.Status)
	}
	return fmt.Errorf("the HTTP proxy %s does not connect to the upstream: %s", proxy.Host, answer.Status)
}
