package normalize

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"weir/codecs/event"
)

// timestamp reads v in one of the forms of 4.3.
func (r *run) timestamp(v *event.Value) {
	switch v.Kind() {
	case event.Number:
		f, ok := v.Float()
		if n, isInt := v.Uint(); isInt {
			f = float64(int64(n)) // the contract's integers have a sign
		}
		switch {
		case !ok || f < minSeconds || f > maxSeconds:
			r.invalid(v, "timestamp out of range")
		case f >= year10000:
			r.number(v, event.AppendFloat(r.buf[:0], f))
			r.invalid(v, "timestamp out of range")
		default:
			r.setTime(v, floatMoment(f))
		}
	case event.String:
		m, problem := parseTime(v.Text())
		if problem != "" {
			r.invalid(v, problem)
			return
		}
		r.setTime(v, m)
	default:
		r.invalid(v, "expected a timestamp")
	}
}

const (
	tooShort   = "premature end of input"
	badInput   = "input contains invalid characters"
	outOfRange = "input is out of range"
)

// clock is a cursor over the text of a timestamp.
type clock struct {
	s       string
	problem string
}

// number reads 1 to max digits.
func (c *clock) number(minimum, maximum int) int {
	if c.problem != "" {
		return 0
	}
	n, i := 0, 0
	for i < len(c.s) && i < maximum && c.s[i] >= '0' && c.s[i] <= '9' {
		n = n*10 + int(c.s[i]-'0')
		i++
	}
	if i < minimum {
		c.fail(i)
	}
	c.s = c.s[i:]
	return n
}

// field reads a number of one or two digits between low and high.
func (c *clock) field(low, high int) int {
	c.spaces()
	n := c.number(1, 2)
	if c.problem == "" && (n < low || n > high) {
		c.problem = outOfRange
	}
	return n
}

// year reads up to four digits, or a signed year of up to six.
func (c *clock) year() int {
	if strings.HasPrefix(c.s, "+") || strings.HasPrefix(c.s, "-") {
		sign := c.s[0]
		c.s = c.s[1:]
		n := c.number(1, 6)
		if sign == '-' {
			return -n
		}
		return n
	}
	return c.number(1, 4)
}

func (c *clock) fail(at int) {
	if c.problem == "" {
		c.problem = badInput
		if at >= len(c.s) {
			c.problem = tooShort
		}
	}
}

func (c *clock) literal(b byte) {
	if c.problem != "" {
		return
	}
	c.spaces()
	if len(c.s) == 0 || c.s[0] != b {
		c.fail(0)
		return
	}
	c.s = c.s[1:]
}

func (c *clock) spaces() (n int) {
	for len(c.s) > 0 {
		first, size := utf8.DecodeRuneInString(c.s)
		if !unicode.IsSpace(first) {
			break
		}
		c.s = c.s[size:]
		n++
	}
	return n
}

// parseTime reads the naive form (UTC) and the relaxed RFC 3339 form; problem says what is wrong with the text.
func parseTime(s string) (m moment, problem string) {
	c := clock{s: s}
	c.spaces()
	year := c.year()
	c.literal('-')
	month := c.field(1, 12)
	c.literal('-')
	day := c.field(1, 31)
	separator := byte(' ')
	if c.problem == "" && c.spaces() == 0 {
		if len(c.s) == 0 || c.s[0]|0x20 != 't' {
			c.fail(0)
		} else {
			separator = c.s[0]
			c.s = c.s[1:]
			c.spaces()
		}
	}
	hour := c.field(0, 23)
	c.literal(':')
	minute := c.field(0, 59)
	c.literal(':')
	second := c.field(0, 60)
	nanos := c.fraction()
	if c.problem != "" {
		return m, c.problem
	}
	offset, zoned := 0, true
	if c.s == "" && separator == 'T' {
		zoned = false
	} else {
		c.spaces()
		offset = c.offset()
	}
	if c.problem != "" {
		return m, c.problem
	}
	if zoned {
		c.spaces()
	}
	if c.s != "" {
		return m, "trailing input"
	}
	if day > daysOf(year, month) {
		return m, outOfRange
	}
	if year > 9999 {
		return m, "timestamp out of range"
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC).Unix() - int64(offset)
	return moment{t, int64(nanos)}, ""
}

func daysOf(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// fraction reads an optional fraction of a second, in nanoseconds.
func (c *clock) fraction() (nanos int) {
	if c.problem != "" || len(c.s) == 0 || c.s[0] != '.' {
		return 0
	}
	c.s = c.s[1:]
	nanos = c.number(1, 1) * 1e8
	for unit := int(1e7); len(c.s) > 0 && c.s[0] >= '0' && c.s[0] <= '9'; unit /= 10 {
		nanos += int(c.s[0]-'0') * unit
		c.s = c.s[1:]
	}
	return nanos
}

// offset reads Z, UTC or a signed offset, in seconds.
func (c *clock) offset() int {
	if c.s == "" {
		c.fail(0)
		return 0
	}
	switch c.s[0] {
	case 'Z', 'z':
		c.s = c.s[1:]
		return 0
	case 'U', 'u':
		if len(c.s) >= 3 && c.s[1]|0x20 == 't' && c.s[2]|0x20 == 'c' {
			c.s = c.s[3:]
			return 0
		}
	case '+', '-':
		sign := 1
		if c.s[0] == '-' {
			sign = -1
		}
		c.s = c.s[1:]
		hours := c.number(2, 2)
		c.s = strings.TrimLeftFunc(c.s, func(r rune) bool { return r == ':' || unicode.IsSpace(r) })
		minutes := c.number(2, 2)
		if c.problem == "" && (hours > 23 || minutes > 59) {
			c.problem = outOfRange
		}
		return sign * (hours*3600 + minutes*60)
	}
	c.fail(0)
	return 0
}
