package normalize

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"
)

// httpMethods are the methods that make a description or a name one of a request.
var httpMethods = [...]string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}

// leadingMethod returns the method that s starts with, in upper or lower case. What no word goes on with may follow it.
func leadingMethod(s string) string {
	for _, m := range httpMethods {
		if len(s) >= len(m) && strings.EqualFold(s[:len(m)], m) {
			if next, _ := utf8.DecodeRuneInString(s[len(m):]); len(s) == len(m) || next != '_' && !unicode.IsLetter(next) && !unicode.IsDigit(next) {
				return m
			}
		}
	}
	return ""
}

// httpDescription keeps method, scheme and the public part of the host. Only requests to a server tell its domain, not those to oneself.
func httpDescription(op, text string, data lookup, hosts []string) (d description) {
	method, address, two := strings.Cut(text, " ")
	if !two || leadingMethod(method) == "" {
		return d
	}
	u, ok := parseURL(address)
	switch {
	case strings.HasPrefix(address, "data:image/"):
		d = masked(method + " data:image/*")
	case !ok:
		d = masked(method + " *")
	default:
		host := hideHost(u, hosts)
		d = masked(method + " " + u.scheme + "://" + host)
		d.domain = domainOf(host)
	}
	if !strings.EqualFold(op, "http.client") {
		d.domain = ""
	} else if d.domain == "" {
		d.domain = hideServer(data("server.address").Text())
	}
	return d
}

// hideHost hides what may name a customer in host and port of a URL: addresses and subdomains, unless the host is allowed.
func hideHost(u webURL, allowed []string) string {
	host, bare := u.host, strings.Trim(u.host, "[]")
	switch ip, err := netip.ParseAddr(bare); {
	case bare == "127.0.0.1" || bare == "::1":
		host = bare
	case slices.Contains(allowed, u.host):
	case err != nil:
		host = hideSubdomain(host)
	case ip.Is4():
		host = "*.*.*.*"
	default:
		host = "*:*:*:*:*:*:*:*"
	}
	if u.port != "" {
		host += ":" + u.port
	}
	return host
}

// domainOf is a hidden host as a domain; addresses of version 6, which are no longer in brackets, give none.
func domainOf(host string) string {
	if strings.Count(host, ":") > 1 {
		return ""
	}
	return host
}

// hideServer hides the subdomain of a server's address, which may have a port; an IP address stays. What follows the colon and is no port does not count.
func hideServer(address string) string {
	name, rest, _ := strings.Cut(address, ":")
	if ip, err := netip.ParseAddr(name); err != nil || !ip.Is4() {
		name = hideSubdomain(name)
	}
	if port, err := strconv.ParseUint(rest, 10, 16); err == nil {
		name += ":" + strconv.FormatUint(port, 10)
	}
	return name
}

// hideSubdomain keeps the part of a name that somebody registered.
func hideSubdomain(name string) string {
	bare := strings.TrimSuffix(name, ".")
	suffix, _ := publicsuffix.PublicSuffix(bare)
	end := len(bare) - len(suffix) - 1
	if end <= 0 {
		return name
	}
	if i := strings.LastIndexByte(bare[:end], '.'); i >= 0 {
		return "*" + name[i:]
	}
	return name
}
