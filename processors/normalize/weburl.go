package normalize

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// webURL is an absolute URL in the sense of the WHATWG URL standard, serialised parts in canonical form.
type webURL struct {
	scheme      string
	userinfo    string // with the trailing @ if there is one
	host        string
	hasHost     bool
	port        string // empty: none or the default
	path        string
	opaque      bool // the path is no hierarchy (mailto:)
	query       string
	fragment    string
	hasQuery    bool
	hasFragment bool
}

// specialPorts are the special schemes with their default ports.
var specialPorts = map[string]string{"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21", "file": ""}

func (u *webURL) String() string {
	var b strings.Builder
	b.WriteString(u.scheme)
	b.WriteByte(':')
	if u.hasHost {
		b.WriteString("//")
		b.WriteString(u.userinfo)
		b.WriteString(u.host)
		if u.port != "" {
			b.WriteByte(':')
			b.WriteString(u.port)
		}
	} else if !u.opaque && strings.HasPrefix(u.path, "//") {
		b.WriteString("/.")
	}
	b.WriteString(u.path)
	if u.hasQuery {
		b.WriteByte('?')
		b.WriteString(u.query)
	}
	if u.hasFragment {
		b.WriteByte('#')
		b.WriteString(u.fragment)
	}
	return b.String()
}

// bare is u without query and fragment. White space at the end of an opaque path goes with them.
func (u webURL) bare() string {
	u.hasQuery, u.hasFragment = false, false
	if u.opaque {
		u.path = strings.TrimRight(u.path, " ")
	}
	return u.String()
}

// Percent-encode sets of the standard, beyond controls and everything that is not ASCII.
const (
	setFragment  = " \"<>`"
	setQuery     = " \"#<>"
	setSpecial   = setQuery + "'"
	setPath      = setQuery + "?`{}"
	setUserinfo  = setPath + "/:;=@[\\]^|"
	forbidden    = "\x00\t\n\r #/:<>?@[\\]^|"
	forbiddenDom = forbidden + "%\x7f"
)

func encode(b *strings.Builder, s, set string) {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		if c < 0x20 || c > 0x7e || strings.IndexByte(set, c) >= 0 {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		} else {
			b.WriteByte(c)
		}
	}
}

func encoded(s, set string) string {
	var b strings.Builder
	encode(&b, s, set)
	return b.String()
}

// parseURL reads an absolute URL; relative references fail.
func parseURL(s string) (u webURL, ok bool) {
	s = strings.TrimFunc(s, func(c rune) bool { return c <= 0x20 })
	if strings.ContainsAny(s, "\t\n\r") {
		s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	}
	s, ok = u.takeScheme(s)
	if !ok {
		return u, false
	}
	if s, u.fragment, u.hasFragment = strings.Cut(s, "#"); u.hasFragment {
		u.fragment = encoded(u.fragment, setFragment)
	}
	_, special := specialPorts[u.scheme]
	if s, u.query, u.hasQuery = strings.Cut(s, "?"); u.hasQuery {
		set := setQuery
		if special {
			set = setSpecial
		}
		u.query = encoded(u.query, set)
	}
	if special {
		s = strings.ReplaceAll(s, `\`, "/")
	}
	switch {
	case u.scheme == "file":
		return u, u.parseFile(s)
	case special:
		s = strings.TrimLeft(s, "/")
		return u, u.parseAuthority(s, true)
	case strings.HasPrefix(s, "//"):
		return u, u.parseAuthority(s[2:], false)
	case strings.HasPrefix(s, "/"):
		u.path = cleanPath(s, false)
		return u, true
	}
	u.opaque = true
	u.path = encoded(s, "")
	return u, true
}

func (u *webURL) takeScheme(s string) (rest string, ok bool) {
	for i := range len(s) {
		c := s[i]
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			u.scheme = strings.ToLower(s[:i])
			return s[i+1:], true
		default:
			return "", false
		}
	}
	return "", false
}

func (u *webURL) parseFile(s string) bool {
	u.hasHost = true
	drives := true // the reference looks for drive letters with a bar, but not behind an empty host
	if strings.HasPrefix(s, "//") {
		host, path, hasPath := strings.Cut(s[2:], "/")
		drives = host != ""
		if isDriveLetter(host) {
			s = s[1:]
			host = ""
		} else if s = "/"; hasPath {
			s += path
		}
		if host != "" {
			h, ok := parseHost(host, true)
			if !ok {
				return false
			}
			if h != "localhost" {
				u.host = h
			}
		}
	}
	u.path = cleanPath(s, true)
	if drives && len(u.path) > 2 && isDriveLetter(u.path[1:3]) && (len(u.path) == 3 || u.path[3] == '/') {
		u.host = ""
		u.path = u.path[:2] + ":" + u.path[3:]
	}
	u.path = "/" + strings.TrimLeft(u.path, "/")
	return true
}

func isDriveLetter(s string) bool {
	return len(s) == 2 && (s[1] == ':' || s[1] == '|') && s[0]|0x20 >= 'a' && s[0]|0x20 <= 'z'
}

func (u *webURL) parseAuthority(s string, special bool) bool {
	authority, path, hasPath := strings.Cut(s, "/")
	if hasPath {
		path = "/" + path
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		name, password, hasPassword := strings.Cut(authority[:i], ":")
		u.userinfo = encoded(name, setUserinfo)
		if hasPassword && password != "" {
			u.userinfo += ":" + encoded(password, setUserinfo)
		}
		if u.userinfo != "" {
			u.userinfo += "@"
		}
		if authority = authority[i+1:]; authority == "" {
			return false
		}
	}
	host, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && strings.IndexByte(authority[i:], ']') < 0 {
		host, port = authority[:i], authority[i+1:]
		if special && host == "" {
			return false
		}
	}
	if i := strings.IndexByte(port, '\\'); i >= 0 { // only where it is no slash: it ends a port all the same
		port, path = port[:i], "/"+port[i:]+path
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || port[0] == '+' {
			return false
		}
		if port = strconv.FormatUint(n, 10); port == specialPorts[u.scheme] {
			port = ""
		}
	}
	u.port = port
	u.hasHost = true
	if host == "" && (special || authority != "") {
		return false
	}
	var ok bool
	if u.host, ok = parseHost(host, special); !ok {
		return false
	}
	if path != "" || special {
		u.path = cleanPath(path, special)
	}
	return utf8.ValidString(u.host)
}

// cleanPath resolves dot segments and percent-encodes. The result starts with a slash.
func cleanPath(s string, special bool) string {
	var segments []string
	parts := strings.Split(strings.TrimPrefix(s, "/"), "/")
	for i, part := range parts {
		last := i == len(parts)-1
		switch strings.ToLower(part) {
		case ".", "%2e":
			if last {
				segments = append(segments, "")
			}
		case "..", ".%2e", "%2e.", "%2e%2e":
			if len(segments) > 0 && !(special && len(segments) == 1 && isDriveLetter(segments[0])) {
				segments = segments[:len(segments)-1]
			}
			if last {
				segments = append(segments, "")
			}
		default:
			segments = append(segments, encoded(part, setPath))
		}
	}
	return "/" + strings.Join(segments, "/")
}
