package checkin

import (
	"crypto/sha1"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"weir/codecs/dsn"
)

// namespace is UUIDv5(URL namespace, "https://sentry.io/crons/#did") (pipeline 11).
var namespace = [16]byte{0x02, 0x0e, 0x1c, 0x7e, 0x46, 0xbd, 0x5a, 0xf5, 0xaa, 0x41, 0xe6, 0x17, 0x57, 0x88, 0x84, 0x84}

// Route returns the UUID that keeps all check-ins of one monitor and environment on one partition.
func (c *CheckIn) Route(project dsn.ProjectID) [16]byte {
	return Route(project, Slugify(c.Slug), c.Environment)
}

// Route is the UUIDv5 of project, slugified slug and environment; an empty environment means production (pipeline 11).
func Route(project dsn.ProjectID, slug, environment string) [16]byte {
	if environment == "" {
		environment = "production"
	}
	b := append(make([]byte, 0, 160), namespace[:]...)
	b = strconv.AppendUint(b, uint64(project), 10)
	b = append(append(b, ':'), slug...)
	b = append(append(b, ':'), environment...)
	sum := sha1.Sum(b)
	id := [16]byte(sum[:16])
	id[6] = id[6]&0x0F | 0x50
	id[8] = id[8]&0x3F | 0x80
	return id
}

// Slugify makes the form of a slug that routes and counts a monitor (pipeline 11). It never goes into the payload.
func Slugify(s string) string {
	out := make([]byte, 0, len(s))
	dash := false // a run of hyphens and white space waits to become one hyphen
	for _, r := range norm.NFKD.String(s) {
		switch {
		case r == '-' || r == ' ' || r >= 0x09 && r <= 0x0D || r >= 0x1C && r <= 0x1F:
			dash = true
			continue
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_':
		default:
			continue // dropped; it does not end the run
		}
		if dash {
			out = append(out, '-')
			dash = false
		}
		out = append(out, byte(r))
	}
	slug := strings.Trim(string(out), "-_")
	return strings.TrimRight(slug[:min(len(slug), maxSlug)], "-")
}
