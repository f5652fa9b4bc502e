package upstream

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is the version that a relay tells at registration.
type Version [3]uint8

// ParseVersion reads three numbers from 0 to 255, split on "." and "-"; further parts are ignored. The empty text is
// 0.0.0 (edge 12.3).
func ParseVersion(s string) (v Version, err error) {
	if s == "" {
		return v, nil
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '.' || r == '-' })
	if len(parts) < len(v) {
		return v, fmt.Errorf("relay version %q: fewer than three numbers", s)
	}
	for i := range v {
		n, err := strconv.ParseUint(parts[i], 10, 8)
		if err != nil {
			return v, fmt.Errorf("relay version %q: %w", s, err)
		}
		v[i] = uint8(n)
	}
	return v, nil
}

func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }
