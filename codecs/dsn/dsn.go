package dsn

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// DSN is a parsed data source name. Port is 0 when the URL has none or the scheme's default.
type DSN struct {
	Scheme  string // http or https
	Host    string
	Port    uint16
	Key     PublicKey
	Project ProjectID
}

// Parse reads `<scheme>://<key>[:secret]@<host>[:port]/[path/]<project>` (edge 4.2); slashes at the end, query and fragment are ignored. The key
// may be percent-encoded.
func Parse(s string) (DSN, error) {
	u, err := ParseURL(s)
	if err != nil {
		return DSN{}, fmt.Errorf("parse DSN: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return DSN{}, errors.New("parse DSN: no valid scheme")
	}
	d := DSN{Scheme: u.Scheme, Host: strings.Trim(u.Host, "[]"), Port: u.Port}
	if d.Key, err = ParsePublicKey(decodeKey(u.User)); err != nil {
		return DSN{}, fmt.Errorf("parse DSN: %w", err)
	}
	path := u.Rest
	if end := strings.IndexAny(path, "?#"); end >= 0 {
		path = path[:end]
	}
	path = strings.TrimRight(path, "/")
	if d.Project, err = ParseProjectID(path[strings.LastIndexByte(path, '/')+1:]); err != nil {
		return DSN{}, fmt.Errorf("parse DSN: project id: %w", err)
	}
	return d, nil
}

// String prints `<scheme>://<key>:@<host>[:port]/<project>`; a default port is left out (edge 4.2). Parse reads it back, whatever
// characters the key has.
func (d DSN) String() string { return string(d.Append(make([]byte, 0, 96))) }

// Append appends what String returns.
func (d DSN) Append(dst []byte) []byte {
	dst = append(append(dst, d.Scheme...), "://"...)
	dst = append(appendKey(dst, d.Key), ":@"...)
	if strings.Contains(d.Host, ":") {
		dst = append(append(append(dst, '['), d.Host...), ']')
	} else {
		dst = append(dst, d.Host...)
	}
	if d.Port != 0 && !(d.Scheme == "http" && d.Port == 80) && !(d.Scheme == "https" && d.Port == 443) {
		dst = strconv.AppendUint(append(dst, ':'), uint64(d.Port), 10)
	}
	return strconv.AppendUint(append(dst, '/'), uint64(d.Project), 10)
}

// appendKey appends a key as the user of a URL. One whose characters may all stand there is not changed, percent signs included: it has 32
// characters, and only longer users are decoded. In others percent signs are encoded too.
func appendKey(dst []byte, k PublicKey) []byte {
	if s := percentEncode(string(k), userReserved); len(s) != len(k) {
		return append(dst, percentEncode(string(k), userReserved+"%")...)
	}
	return append(dst, k...)
}

// decodeKey is the inverse of appendKey.
func decodeKey(user string) string {
	if len(user) <= keyLength {
		return user
	}
	return percentDecode(user)
}
