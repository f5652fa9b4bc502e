package normalize

import (
	"math"
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
			r.invalid(v, beyond)
		case f >= year10000:
			r.number(v, event.AppendFloat(r.buf[:0], f))
			r.invalid(v, beyond)
		default:
			r.setTime(v, floatMoment(f))
		}
	case event.String:
		switch m, problem := parseTime(v.Text()); {
		case problem != "":
			r.invalid(v, problem)
		case m.sec >= year10000:
			r.number(v, m.appendFloat(r.buf[:0]))
			r.invalid(v, beyond)
		default:
			r.setTime(v, m)
		}
	default:
		r.invalid(v, "expected a timestamp")
	}
}

const (
	tooShort   = "premature end of input"
	badInput   = "input contains invalid characters"
	outOfRange = "input is out of range"
	beyond     = "timestamp out of range" // what is a time, but after the year 9999
)

// clock is a cursor over the text of a timestamp. After a problem it does nothing more.
type clock struct {
	s       string
	problem string
}

func (c *clock) fail(problem string) {
	if c.problem == "" {
		c.problem = problem
	}
}

// unexpected says that the byte at i of what is left cannot stand there.
func (c *clock) unexpected(i int) {
	if i >= len(c.s) {
		c.fail(tooShort)
	} else {
		c.fail(badInput)
	}
}

// number reads 1 to digits digits behind white space, and checks the range.
func (c *clock) number(digits, least, most int) int {
	c.spaces()
	if c.problem != "" {
		return 0
	}
	n, i := 0, 0
	for i < len(c.s) && i < digits && c.s[i] >= '0' && c.s[i] <= '9' {
		n = min(n*10+int(c.s[i]-'0'), 1e10)
		i++
	}
	if i == 0 {
		c.unexpected(0)
	} else if n < least || n > most {
		c.fail(outOfRange)
	}
	c.s = c.s[i:]
	return n
}

// year reads up to four digits, or any number of them behind a sign.
func (c *clock) year() int {
	c.spaces()
	if strings.HasPrefix(c.s, "+") || strings.HasPrefix(c.s, "-") {
		sign := c.s[0]
		if c.s = c.s[1:]; c.s == "" || c.s[0] < '0' || c.s[0] > '9' {
			c.unexpected(0)
		}
		n := c.number(len(c.s), 0, math.MaxInt32)
		if sign == '-' {
			return -n
		}
		return n
	}
	return c.number(4, 0, 9999)
}

// mark reads one character, behind white space.
func (c *clock) mark(b byte) {
	c.spaces()
	if c.problem != "" {
		return
	}
	if len(c.s) == 0 || c.s[0] != b {
		c.unexpected(0)
		return
	}
	c.s = c.s[1:]
}

func (c *clock) spaces() {
	for len(c.s) > 0 {
		first := rune(c.s[0])
		size := 1
		if first >= utf8.RuneSelf {
			first, size = utf8.DecodeRuneInString(c.s)
		}
		if first > ' ' && first < utf8.RuneSelf || !unicode.IsSpace(first) {
			return
		}
		c.s = c.s[size:]
	}
}

// timeOfDay reads hours, minutes, seconds and a fraction of a second, in nanoseconds together, and white space behind them.
func (c *clock) timeOfDay() (seconds, nanos int) {
	hour := c.number(2, 0, 23)
	c.mark(':')
	minute := c.number(2, 0, 59)
	c.mark(':')
	second := c.number(2, 0, 60)
	nanos = c.fraction()
	c.spaces()
	return hour*3600 + minute*60 + second, nanos
}

// parseTime reads the naive form (UTC) or else the relaxed RFC 3339 form; problem says what the latter misses in the text.
func parseTime(s string) (m moment, problem string) {
	c := clock{s: s}
	year := c.year()
	c.mark('-')
	month := c.number(2, 1, 12)
	c.mark('-')
	day := c.number(2, 1, 31)
	if c.problem != "" {
		return m, c.problem
	}
	naive, offset := c, 0
	naive.mark('T')
	seconds, nanos := naive.timeOfDay()
	if naive.problem != "" || naive.s != "" || day > daysOf(year, month) {
		seconds, nanos = c.zonedTime(&offset)
		if c.problem != "" {
			return m, c.problem
		}
	}
	const day24 = 24 * 60 * 60
	if day > daysOf(year, month) || offset <= -day24 || offset >= day24 {
		return m, outOfRange
	}
	m = moment{time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() + int64(seconds-offset), int64(nanos)}
	if m.sec < minSeconds || m.sec > maxSeconds {
		return m, outOfRange
	}
	return m, ""
}

// zonedTime reads a separator, a time and an offset, up to the end.
func (c *clock) zonedTime(offset *int) (seconds, nanos int) {
	if c.s == "" || c.s[0]|0x20 != 't' && c.s[0] != ' ' {
		c.unexpected(0)
		return 0, 0
	}
	c.s = c.s[1:]
	seconds, nanos = c.timeOfDay()
	if c.problem == "" {
		*offset = c.offset()
	}
	c.spaces()
	if c.s != "" {
		c.fail("trailing input")
	}
	return seconds, nanos
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
	i := 0
	for unit := int(1e8); i < len(c.s) && c.s[i] >= '0' && c.s[i] <= '9'; unit /= 10 {
		nanos += int(c.s[i]-'0') * unit
		i++
	}
	if i == 0 {
		c.unexpected(0)
	}
	c.s = c.s[i:]
	return nanos
}

// offset reads Z, UTC or a signed offset, in seconds.
func (c *clock) offset() int {
	if len(c.s) >= 3 && strings.EqualFold(c.s[:3], "utc") {
		c.s = c.s[3:]
		return 0
	}
	sign := 1
	switch {
	case strings.HasPrefix(c.s, "Z"), strings.HasPrefix(c.s, "z"):
		c.s = c.s[1:]
		return 0
	case strings.HasPrefix(c.s, "+"):
		c.s = c.s[1:]
	case strings.HasPrefix(c.s, "-"):
		sign, c.s = -1, c.s[1:]
	case strings.HasPrefix(c.s, minusSign):
		sign, c.s = -1, c.s[len(minusSign):]
	default:
		c.unexpected(0)
		return 0
	}
	hours := c.twoDigits('9')
	c.s = strings.TrimLeftFunc(c.s, func(r rune) bool { return r == ':' || unicode.IsSpace(r) })
	minutes := c.twoDigits('5') // too many hours are found at the end
	return sign * (hours*3600 + minutes*60)
}

const minusSign = "\u2212"

// twoDigits reads two digits, the first at most high.
func (c *clock) twoDigits(high byte) int {
	switch {
	case c.problem != "":
		return 0
	case len(c.s) < 2:
		c.fail(tooShort)
		return 0
	case c.s[0] < '0' || c.s[0] > '9' || c.s[1] < '0' || c.s[1] > '9':
		c.fail(badInput)
		return 0
	case c.s[0] > high:
		c.fail(outOfRange)
		return 0
	}
	n := int(c.s[0]-'0')*10 + int(c.s[1]-'0')
	c.s = c.s[2:]
	return n
}
