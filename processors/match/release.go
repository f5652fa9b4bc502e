package match

import (
	"strconv"
	"strings"
)

// Release is a release split into its parts (filters 7.4).
type Release struct {
	Package    string // empty: none
	Text       string // what follows the package
	Hash       string // the commit hash that the release or its build is, if any
	HasVersion bool
	Version    Version
}

// Version is the version of a release.
type Version struct {
	Short string // without build
	Build string
	Pre   string // pre-release
	nums  [4]uint64
}

const maxRelease = 200

// ValidRelease says whether a text may be a release at all: at most 200 bytes, no reserved name, no slash, backslash or control character.
func ValidRelease(s string) bool {
	if len(s) > maxRelease || s == "." || s == ".." || strings.EqualFold(s, "latest") {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == 0x7f || c == '/' || c == '\\' {
			return false
		}
	}
	return true
}

// ParseRelease splits a release. It is false for texts that are none.
func ParseRelease(s string) (Release, bool) {
	s = strings.TrimSpace(s)
	if !ValidRelease(s) {
		return Release{}, false
	}
	r := Release{Text: s}
	if at := strings.IndexByte(s[min(1, len(s)):], '@') + 1; at > 0 && at+1 < len(s) && s[:at] != "@" {
		r.Package, r.Text = s[:at], s[at+1:]
	}
	if isHash(r.Text) {
		r.Hash = r.Text
		return r, true
	}
	v, ok := parseVersion(r.Text)
	if !ok {
		return r, true
	}
	r.Version, r.HasVersion = v, true
	if isHash(v.Build) {
		r.Hash = v.Build
	}
	return r, true
}

// isHash knows commit hashes: hex digits of a usual length.
func isHash(s string) bool {
	switch len(s) {
	case 12, 16, 20, 32, 40, 64:
	default:
		return false
	}
	for i := range len(s) {
		if !isDigit(s[i]) && (s[i]|0x20 < 'a' || s[i]|0x20 > 'f') {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// parseVersion reads 1-4 numbers, a pre-release and a build.
func parseVersion(s string) (v Version, ok bool) {
	short, build, hasBuild := strings.Cut(s, "+")
	if hasBuild && !identifiers(build, false) {
		return v, false
	}
	v.Short, v.Build = short, build
	n, i := 0, 0
	for {
		from := i
		for i < len(short) && isDigit(short[i]) {
			i++
		}
		if i == from || n == len(v.nums) {
			return v, false
		}
		if u, err := strconv.ParseUint(short[from:i], 10, 64); err == nil { // one that does not fit counts as 0
			v.nums[n] = u
		}
		n++
		if i+1 >= len(short) || short[i] != '.' || !isDigit(short[i+1]) {
			break
		}
		i++
	}
	rest := short[i:]
	switch {
	case rest == "":
		return v, true
	case rest[0] == '-':
		pre, dotted := strings.CutPrefix(rest[1:], ".")
		if !dotted { // one that starts with a dot must be well-formed and counts as none
			v.Pre = pre
		}
		return v, !dotted && pre == "" || identifiers(pre, true)
	case n > 1 && 'a' <= rest[0] && rest[0] <= 'z':
		v.Pre = rest
		return v, identifiers(v.Pre, true)
	}
	return v, false
}

// identifiers checks parts of letters, digits and dashes joined by dots; strict ones are no numbers with leading zeros.
func identifiers(s string, strict bool) bool {
	for part := range strings.SplitSeq(s, ".") {
		if part == "" {
			return false
		}
		number := true
		for i := range len(part) {
			c := part[i]
			if !isDigit(c) {
				number = false
				if !isLetter(c) && c != '-' {
					return false
				}
			}
		}
		if strict && number && len(part) > 1 && part[0] == '0' {
			return false
		}
	}
	return true
}

// Compare orders versions: the four numbers, then the pre-release by semantic-version precedence. Builds do not count.
func (v *Version) Compare(w *Version) int {
	for i := range v.nums {
		if v.nums[i] != w.nums[i] {
			return order(v.nums[i] < w.nums[i])
		}
	}
	switch {
	case v.Pre == w.Pre:
		return 0
	case v.Pre == "":
		return 1
	case w.Pre == "":
		return -1
	}
	a, b := strings.Split(v.Pre, "."), strings.Split(w.Pre, ".")
	for i := range min(len(a), len(b)) {
		if d := comparePart(a[i], b[i]); d != 0 {
			return d
		}
	}
	return len(a) - len(b)
}

func order(less bool) int {
	if less {
		return -1
	}
	return 1
}

func comparePart(a, b string) int {
	na, nb := allDigits(a), allDigits(b)
	switch {
	case na && nb && len(a) != len(b):
		return len(a) - len(b)
	case na != nb:
		return order(na)
	}
	return strings.Compare(a, b)
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}
