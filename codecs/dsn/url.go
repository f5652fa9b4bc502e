package dsn

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// URL is an absolute URL in the normal form of the URL standard for web addresses: lower-case scheme and host, IPv4 numbers as
// addresses, no default port, path without dot segments and percent-encoded. URLs of other schemes have only Scheme and Rest.
type URL struct {
	Scheme         string
	User, Password string
	Host           string // IPv6 addresses in brackets
	Port           uint16 // 0: none or the scheme's default
	Rest           string // path, query and fragment; everything behind the scheme's colon for other schemes
	web            bool
}

// Errors of ParseURL.
var (
	ErrRelative = errors.New("relative URL without a base")
	ErrHost     = errors.New("invalid host")
	ErrPort     = errors.New("invalid port number")
)

// ParseURL reads an absolute URL with the tolerance of browsers: blanks around it, backslashes, any number of slashes.
func ParseURL(s string) (URL, error) {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	if strings.ContainsAny(s, "\t\n\r") {
		s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	}
	colon := schemeEnd(s)
	if colon == 0 {
		return URL{}, ErrRelative
	}
	u := URL{Scheme: strings.ToLower(s[:colon]), Rest: s[colon+1:]}
	standard := defaultPort(u.Scheme)
	if standard == 0 {
		return u, nil
	}
	u.web = true
	authority := strings.TrimLeft(u.Rest, `/\`)
	u.Rest = ""
	if end := strings.IndexAny(authority, `/\?#`); end >= 0 {
		authority, u.Rest = authority[:end], authority[end:]
	}
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, password, _ := strings.Cut(authority[:at], ":")
		u.User, u.Password = percentEncode(user, userReserved), percentEncode(password, userReserved)
		authority = authority[at+1:]
	}
	host := authority
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		host = authority[:colon]
		if digits := authority[colon+1:]; digits != "" {
			port, err := strconv.ParseUint(digits, 10, 16)
			if err != nil || digits[0] == '+' {
				return URL{}, ErrPort
			}
			if u.Port = uint16(port); u.Port == standard {
				u.Port = 0
			}
		}
	}
	var err error
	if u.Host, err = normalHost(host); err != nil {
		return URL{}, err
	}
	u.Rest = normalRest(u.Rest)
	return u, nil
}

// userReserved are the printable characters that are encoded in user and password.
const userReserved = "\"#<>?`{}/:;=@[\\]^|"

// String returns the normal form.
func (u URL) String() string {
	if !u.web {
		return u.Scheme + ":" + u.Rest
	}
	b := make([]byte, 0, len(u.Scheme)+len(u.Host)+len(u.Rest)+len(u.User)+len(u.Password)+16)
	b = append(append(b, u.Scheme...), "://"...)
	if u.User != "" || u.Password != "" {
		b = append(b, u.User...)
		if u.Password != "" {
			b = append(append(b, ':'), u.Password...)
		}
		b = append(b, '@')
	}
	b = append(b, u.Host...)
	if u.Port != 0 {
		b = strconv.AppendUint(append(b, ':'), uint64(u.Port), 10)
	}
	return string(append(b, u.Rest...))
}

// schemeEnd returns the index of the colon behind a scheme, 0 when there is none.
func schemeEnd(s string) int {
	for i := range len(s) {
		c := s[i] | 0x20
		switch {
		case c >= 'a' && c <= 'z':
		case s[i] == ':':
			return i
		case i > 0 && (s[i] >= '0' && s[i] <= '9' || s[i] == '+' || s[i] == '-' || s[i] == '.'):
		default:
			return 0
		}
	}
	return 0
}

func defaultPort(scheme string) uint16 {
	switch scheme {
	case "http", "ws":
		return 80
	case "https", "wss":
		return 443
	case "ftp":
		return 21
	}
	return 0
}

func normalHost(host string) (string, error) {
	if strings.HasPrefix(host, "[") {
		addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if err != nil || !addr.Is6() || addr.Zone() != "" {
			return "", ErrHost
		}
		return "[" + addr.String() + "]", nil
	}
	if strings.Contains(host, "%") {
		host = percentDecode(host)
	}
	host = strings.ToLower(host)
	if host == "" || strings.ContainsAny(host, " #%/:<>?@[\\]^|\x00\x7f") {
		return "", ErrHost
	}
	return ipv4Number(host)
}

// ipv4Number turns a host whose last label is a number into an address; other hosts stay.
func ipv4Number(host string) (string, error) {
	trimmed := strings.TrimSuffix(host, ".")
	last := trimmed[strings.LastIndexByte(trimmed, '.')+1:]
	if last == "" || last[0] < '0' || last[0] > '9' {
		return host, nil
	}
	parts := strings.Split(trimmed, ".")
	if _, ok := hostNumber(last); !ok && strings.Trim(last, "0123456789") != "" {
		return host, nil
	}
	if len(parts) > 4 {
		return "", ErrHost
	}
	var addr uint64
	for i, p := range parts {
		n, ok := hostNumber(p)
		bits := 8
		if i == len(parts)-1 {
			bits = 8 * (5 - len(parts)) // the last number fills what is left
		}
		if !ok || n>>bits != 0 {
			return "", ErrHost
		}
		addr = addr<<bits | n
	}
	return netip.AddrFrom4([4]byte{byte(addr >> 24), byte(addr >> 16), byte(addr >> 8), byte(addr)}).String(), nil
}

// hostNumber reads a decimal, octal (0…) or hexadecimal (0x…) number.
func hostNumber(s string) (uint64, bool) {
	base := 10
	switch {
	case len(s) >= 2 && s[0] == '0' && s[1]|0x20 == 'x':
		s, base = s[2:], 16
		if s == "" {
			return 0, true
		}
	case len(s) >= 2 && s[0] == '0':
		s, base = s[1:], 8
	}
	n, err := strconv.ParseUint(s, base, 33)
	return n, err == nil && s[0] != '+'
}
