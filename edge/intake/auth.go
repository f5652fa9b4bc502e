package intake

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"weir/codecs/dsn"
	"weir/edge"
)

// maxVersion is the newest protocol version there is (edge 3.2).
const maxVersion = 7

// credentials are the fields of whatever source had them, not checked yet (edge 3.2).
type credentials struct {
	key     string // may carry flags
	version uint64
	client  string
}

// noCredentials is the reply when none of the sources 1 to 5 is there.
var noCredentials = edge.Unauthorized("missing authorization information")

// findCredentials looks at the sources of edge 3.1 in order. found is false when there is none at all; problem has a status
// when the request is to be refused.
func findCredentials(r *http.Request, pathKey string) (c credentials, found bool, problem edge.Reply) {
	for source := range 4 {
		var next credentials
		present, cause := false, ""
		switch source {
		case 0:
			next, present, cause = sentryHeader(r.Header["X-Sentry-Auth"])
		case 1:
			if next, present, cause = sentryHeader(r.Header["Authorization"]); !present {
				next.key, present = basicUser(r.Header["Authorization"])
				next.version = maxVersion
			}
		case 2:
			present = strings.Contains(r.URL.RawQuery, "sentry_")
			if present && !found {
				next, cause = queryFields(r.URL.RawQuery)
			}
		case 3:
			next, present = credentials{key: pathKey, version: maxVersion}, pathKey != ""
		}
		switch {
		case !present:
			continue
		case found:
			return c, false, edge.Unauthorized("multiple authorization payloads detected")
		case cause != "":
			return c, false, edge.Unauthorized("bad x-sentry-auth header", cause)
		}
		c, found = next, true
	}
	return c, found, edge.Reply{}
}

// sentryHeader reads the first value of a header, if it is of the scheme `Sentry` (edge 3.1, sources 1 and 2).
func sentryHeader(values []string) (c credentials, present bool, cause string) {
	const scheme = "sentry "
	if len(values) == 0 || len(values[0]) < len(scheme) || !strings.EqualFold(values[0][:len(scheme)], scheme) || !edge.Visible(values[0]) {
		return c, false, ""
	}
	f := fields{credentials: credentials{version: maxVersion}}
	for piece := range strings.SplitSeq(values[0][len(scheme):], ",") {
		name, value, ok := strings.Cut(piece, "=")
		if !ok {
			continue
		}
		value, _, _ = strings.Cut(value, "=") // the rest is lost
		f.set(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	c, cause = f.result()
	return c, true, cause
}

// queryFields reads the form-urlencoded query (edge 3.2).
func queryFields(query string) (credentials, string) {
	f := fields{credentials: credentials{version: maxVersion}}
	for name, value := range formFields(query) {
		f.set(name, value)
	}
	return f.result()
}

// basicUser reads the user of HTTP Basic authentication (edge 3.1, source 3).
func basicUser(values []string) (string, bool) {
	const scheme = "basic "
	if len(values) == 0 || len(values[0]) < len(scheme) || !strings.EqualFold(values[0][:len(scheme)], scheme) {
		return "", false
	}
	decoded, err := decodeBase64(nil, []byte(values[0][len(scheme):]))
	if err != nil || !utf8.Valid(decoded) {
		return "", false
	}
	user, _, ok := strings.Cut(string(decoded), ":")
	return user, ok && user != ""
}

// fields are the members of a Sentry auth text that anybody reads; the last of a repeated one wins.
type fields struct {
	credentials
	cause string // of the first error
}

func (f *fields) set(name, value string) {
	switch name {
	case "sentry_key":
		f.key = value
	case "sentry_version":
		major, _, _ := strings.Cut(value, ".")
		version, err := strconv.ParseUint(strings.TrimPrefix(major, "+"), 10, 16)
		if f.version = version; err != nil && f.cause == "" {
			f.cause = "invalid value for version"
		}
	case "sentry_client":
		f.client = value
	}
}

func (f *fields) result() (c credentials, cause string) {
	if f.cause == "" && f.key == "" {
		f.cause = "missing public key in auth header"
	}
	return f.credentials, f.cause
}

// check reads the key with its flags and the version (edge 3.2, the last two checks of 3.4).
func (c *credentials) check() (key dsn.PublicKey, noCache bool, problem edge.Reply) {
	text, flags, _ := strings.Cut(c.key, ".")
	key, err := dsn.ParsePublicKey(text)
	if err != nil {
		return "", false, edge.BadRequest("bad sentry DSN public key", "invalid project key")
	}
	for flag := range strings.SplitSeq(flags, ".") {
		noCache = noCache || flag == "no-cache"
	}
	if c.version > maxVersion {
		return "", false, edge.BadRequest("unsupported protocol version (" + strconv.FormatUint(c.version, 10) + ")")
	}
	return key, noCache, edge.Reply{}
}

// decodeBase64 appends strict, padded standard base64; line breaks, which encoding/base64 skips, are errors.
func decodeBase64(dst, src []byte) ([]byte, error) {
	for i, c := range src {
		if c == '\n' || c == '\r' {
			return nil, base64.CorruptInputError(i)
		}
	}
	for { // encoded texts may follow each other, each with its own padding
		end := len(src)
		if i := bytes.IndexByte(src, '='); i >= 0 {
			end = min(end, i&^3+4)
		}
		out, err := base64.StdEncoding.Strict().AppendDecode(dst, src[:end])
		if err != nil || end == len(src) {
			return out, err
		}
		dst, src = out, src[end:]
	}
}
