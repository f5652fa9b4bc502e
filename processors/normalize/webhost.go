package normalize

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// domains maps international names to their ASCII form as browsers do: UTS 46, not transitional, no length check.
var domains = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false), idna.VerifyDNSLength(false))

// parseHost reads the host of a URL of a special scheme (domain, address) or of another one (opaque).
func parseHost(s string, special bool) (string, bool) {
	if strings.HasPrefix(s, "[") {
		if !strings.HasSuffix(s, "]") {
			return "", false
		}
		a, err := netip.ParseAddr(s[1 : len(s)-1])
		if err != nil || a.Zone() != "" || !a.Is6() {
			return "", false
		}
		return "[" + ipv6Text(a) + "]", true
	}
	if !special {
		if strings.ContainsAny(s, forbidden) {
			return "", false
		}
		return encoded(s, ""), true
	}
	name := percentDecode(s)
	if !utf8.ValidString(name) || hasEmptyPunycode(name) {
		return "", false
	}
	name, err := domains.ToASCII(name)
	if err != nil || name == "" || strings.ContainsAny(name, forbiddenDom) {
		return "", false
	}
	for i := range len(name) {
		if name[i] < 0x20 {
			return "", false
		}
	}
	if v4, numeric, ok := parseIPv4(name); numeric {
		return v4, ok
	}
	return name, true
}

// hasEmptyPunycode reports whether a label says to be encoded and encodes nothing.
func hasEmptyPunycode(name string) bool {
	return strings.Contains(strings.ToLower("."+name+"."), ".xn--.")
}

// ipv6Text writes the address with all groups in hexadecimal.
func ipv6Text(a netip.Addr) string {
	if !a.Is4In6() {
		return a.String()
	}
	b := a.As16()
	return "::ffff:" + strconv.FormatUint(uint64(b[12])<<8|uint64(b[13]), 16) + ":" + strconv.FormatUint(uint64(b[14])<<8|uint64(b[15]), 16)
}

// parseIPv4 reads hosts that end in a number: 1 to 4 decimal, octal or hexadecimal parts.
func parseIPv4(host string) (text string, numeric, ok bool) {
	parts := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := parts[len(parts)-1]
	if _, isNumber := ipv4Part(last); !isNumber && !allDigits(last) && !isHexNumber(last) {
		return "", false, false
	}
	if len(parts) > 4 {
		return "", true, false
	}
	var sum uint64
	for i, part := range parts {
		n, isNumber := ipv4Part(part)
		limit := uint64(256)
		if i == len(parts)-1 {
			limit = 1 << (8 * (5 - len(parts)))
		}
		if !isNumber || n >= limit {
			return "", true, false
		}
		if i == len(parts)-1 {
			sum |= n
		} else {
			sum |= n << (8 * (3 - i))
		}
	}
	return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}).String(), true, true
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// isHexNumber reports whether s is a hexadecimal number of any size.
func isHexNumber(s string) bool {
	return len(s) >= 2 && s[0] == '0' && s[1]|0x20 == 'x' && strings.Trim(s[2:], "0123456789abcdefABCDEF") == ""
}

func ipv4Part(s string) (uint64, bool) {
	base := 10
	switch {
	case s == "":
		return 0, false
	case len(s) >= 2 && s[0] == '0' && s[1]|0x20 == 'x':
		if s = s[2:]; s == "" {
			return 0, true
		}
		base = 16
	case len(s) >= 2 && s[0] == '0':
		s, base = s[1:], 8
	}
	n, err := strconv.ParseUint(s, base, 64)
	return n, err == nil
}
