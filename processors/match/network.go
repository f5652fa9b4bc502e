package match

import (
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
)

// Networks is a list of addresses and networks (filters 4.5). The zero value contains nothing.
type Networks struct{ list []netip.Prefix }

// CompileNetworks parses addresses, `address/prefix` and, for IPv4, `address/netmask`; host bits do not matter. Everything else is left out.
func CompileNetworks(texts []string) Networks {
	var n Networks
	for _, t := range texts {
		if p, ok := parseNetwork(t); ok {
			n.list = append(n.list, p)
		}
	}
	return n
}

func parseNetwork(s string) (netip.Prefix, bool) {
	if strings.Contains(s, "%") {
		return netip.Prefix{}, false // no zones
	}
	host, mask, hasMask := strings.Cut(s, "/")
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{}, false
	}
	if !hasMask {
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	if n, err := strconv.ParseUint(strings.TrimPrefix(mask, "+"), 10, 8); err == nil { // a plus sign and leading zeros are fine
		return netip.PrefixFrom(addr, int(n)).Masked(), int(n) <= addr.BitLen()
	}
	m, err := netip.ParseAddr(mask)
	if err != nil || !m.Is4() || !addr.Is4() {
		return netip.Prefix{}, false
	}
	b := m.As4()
	word := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	ones := bits.LeadingZeros32(^word)
	if bits.OnesCount32(word) != ones {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(addr, ones).Masked(), true
}

// Empty reports whether nothing can be inside.
func (n *Networks) Empty() bool { return len(n.list) == 0 }

// Contains reports whether an address is inside any entry. IPv4 and IPv6 never contain each other, mapped addresses neither.
func (n *Networks) Contains(a netip.Addr) bool {
	for _, p := range n.list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// ClientIP returns the client address of a request: the first element of its forwarded-for chain, when that is a plain address (edge 4.1,
// filters 1).
func ClientIP(forwardedFor string) (netip.Addr, bool) {
	first, _, _ := strings.Cut(forwardedFor, ",")
	return ParseAddr(strings.TrimSpace(first))
}

// ParseAddr reads a plain IPv4 or IPv6 address, without zone, port or brackets.
func ParseAddr(s string) (netip.Addr, bool) {
	if len(s) < 2 || strings.Contains(s, "%") {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	return a, err == nil
}
