package dsn

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// DSN is a parsed data source name. Port is 0 when the URL has none.
type DSN struct {
	Scheme  string // http or https
	Host    string
	Port    uint16
	Key     PublicKey
	Project ProjectID
}

// Parse reads `<scheme>://<key>[:secret]@<host>[:port]/[path/]<project>` (edge 4.2).
func Parse(s string) (DSN, error) {
	u, err := url.Parse(s)
	if err != nil {
		return DSN{}, fmt.Errorf("parse DSN: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return DSN{}, fmt.Errorf("parse DSN: scheme %q is neither http nor https", u.Scheme)
	}
	if u.User == nil || u.Hostname() == "" {
		return DSN{}, errors.New("parse DSN: key or host is missing")
	}
	d := DSN{Scheme: u.Scheme, Host: u.Hostname()}
	if d.Key, err = ParsePublicKey(u.User.Username()); err != nil {
		return DSN{}, fmt.Errorf("parse DSN: %w", err)
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return DSN{}, fmt.Errorf("parse DSN: port: %w", err)
		}
		d.Port = uint16(n)
	}
	path := strings.TrimSuffix(u.Path, "/")
	if d.Project, err = ParseProjectID(path[strings.LastIndexByte(path, '/')+1:]); err != nil {
		return DSN{}, fmt.Errorf("parse DSN: project id: %w", err)
	}
	return d, nil
}

// String prints `<scheme>://<key>:@<host>[:port]/<project>`; a default port is left out (edge 4.2).
func (d DSN) String() string {
	host := d.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if d.Port != 0 && !(d.Scheme == "http" && d.Port == 80) && !(d.Scheme == "https" && d.Port == 443) {
		host += ":" + strconv.Itoa(int(d.Port))
	}
	return d.Scheme + "://" + string(d.Key) + ":@" + host + "/" + d.Project.String()
}
