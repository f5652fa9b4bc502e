package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ByteSize is a number of bytes: plain bytes or a number with a unit. kB, MB, GB, TB, PB, EB are powers of 1000, KiB, MiB, GiB, TiB, PiB, EiB
// powers of 1024; the case of the unit does not matter, but that KB in capitals is KiB: that is how the reference reads it (edge 15).
type ByteSize int64

var sizeUnits = []struct {
	name string
	n    float64
}{
	{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40}, {"pib", 1 << 50}, {"eib", 1 << 60},
	{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12}, {"pb", 1e15}, {"eb", 1e18}, {"b", 1}, {"", 1},
}

// ParseByteSize reads a size such as 1MiB, 100KB or 4096.
func ParseByteSize(s string) (ByteSize, error) {
	text := strings.TrimSpace(s)
	if num, ok := strings.CutSuffix(text, "KB"); ok {
		text = num + "KiB"
	}
	low := strings.ToLower(text)
	for _, u := range sizeUnits {
		num, ok := strings.CutSuffix(low, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(num), 64)
		if err != nil || n < 0 || n*u.n > math.MaxInt64/2 || math.IsNaN(n) {
			break
		}
		return ByteSize(n * u.n), nil
	}
	return 0, fmt.Errorf("%q is not a size in bytes such as 4096, 100KB or 1MiB", s)
}

func (b ByteSize) String() string {
	for _, u := range []struct {
		name string
		n    int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if int64(b) >= u.n && int64(b)%u.n == 0 {
			return strconv.FormatInt(int64(b)/u.n, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

// Seconds is a duration written as a number of seconds.
type Seconds time.Duration

// Millis is a duration written as a number of milliseconds.
type Millis time.Duration

// Duration returns the standard library's form.
func (s Seconds) Duration() time.Duration { return time.Duration(s) }

// Duration returns the standard library's form.
func (m Millis) Duration() time.Duration { return time.Duration(m) }

func parseUnits(s string, unit time.Duration) (time.Duration, error) {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || n < 0 || n*float64(unit) > math.MaxInt64/2 || math.IsNaN(n) {
		return 0, fmt.Errorf("%q is not a number of %s", s, map[time.Duration]string{time.Second: "seconds", time.Millisecond: "milliseconds"}[unit])
	}
	return time.Duration(n * float64(unit)), nil
}
