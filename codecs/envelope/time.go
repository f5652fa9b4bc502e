package envelope

import "time"

// ParseTime reads an RFC 3339 time with zone (edge 4.2, sent_at) with the tolerance that clients get: a blank instead of T, lower-case letters,
// one digit for month, day and time parts, white space before and behind the parts, UTC as a zone, a zone without colon, second 60, any number of
// fractional digits (cut after nine), years with a sign and more than four digits. Item payloads write their times the same way.
func ParseTime(text []byte) (time.Time, bool) {
	p := timeParser{s: text}
	p.blanks()
	year := p.year()
	month := p.part('-', 1, 12)
	day := p.part('-', 1, 31)
	if !p.accept("Tt ") {
		return time.Time{}, false
	}
	p.blanks()
	hour := p.digits(2, 0, 23)
	minute := p.part(':', 0, 59)
	second := p.part(':', 0, 60)
	nanos := p.fraction()
	offset := p.zone()
	p.blanks()
	if p.bad || len(p.s) != 0 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	if _, m, d := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Date(); int(m) != month || d != day {
		return time.Time{}, false
	}
	return t.Add(-time.Duration(offset) * time.Second), true
}

type timeParser struct {
	s   []byte
	bad bool
}

func (p *timeParser) blanks() {
	for len(p.s) > 0 && (p.s[0] == ' ' || p.s[0] == '\t' || p.s[0] == '\n' || p.s[0] == '\r') {
		p.s = p.s[1:]
	}
}

// accept takes one of the characters of set.
func (p *timeParser) accept(set string) bool {
	for i := range len(set) {
		if len(p.s) > 0 && p.s[0] == set[i] {
			p.s = p.s[1:]
			return true
		}
	}
	return false
}

// digits reads one to width digits in the given range.
func (p *timeParser) digits(width, low, high int) int {
	n, i := 0, 0
	for ; i < width && i < len(p.s) && p.s[i] >= '0' && p.s[i] <= '9'; i++ {
		n = n*10 + int(p.s[i]-'0')
	}
	p.s = p.s[i:]
	p.bad = p.bad || i == 0 || n < low || n > high
	return n
}

// part reads a separator and one or two digits, blanks around the separator.
func (p *timeParser) part(separator byte, low, high int) int {
	p.blanks()
	if len(p.s) == 0 || p.s[0] != separator {
		p.bad = true
		return 0
	}
	p.s = p.s[1:]
	p.blanks()
	return p.digits(2, low, high)
}

func (p *timeParser) year() int {
	switch {
	case p.accept("+"):
		return p.digits(6, 0, 262142)
	case p.accept("-"):
		return -p.digits(6, 0, 262142)
	}
	return p.digits(4, 0, 9999)
}

func (p *timeParser) fraction() int {
	if !p.accept(".") {
		return 0
	}
	n, i := 0, 0
	for ; i < len(p.s) && p.s[i] >= '0' && p.s[i] <= '9'; i++ {
		if i < 9 {
			n = n*10 + int(p.s[i]-'0')
		}
	}
	p.s = p.s[i:]
	p.bad = p.bad || i == 0
	for ; i < 9; i++ {
		n *= 10
	}
	return n
}

// zone reads the offset from UTC in seconds.
func (p *timeParser) zone() int {
	p.blanks()
	if p.accept("Zz") {
		return 0
	}
	if len(p.s) >= 3 && p.s[0]|0x20 == 'u' && p.s[1]|0x20 == 't' && p.s[2]|0x20 == 'c' {
		p.s = p.s[3:]
		return 0
	}
	sign := 1
	const minus = "\u2212"
	switch {
	case p.accept("+"):
	case p.accept("-"):
		sign = -1
	case len(p.s) >= len(minus) && string(p.s[:len(minus)]) == minus:
		p.s = p.s[len(minus):]
		sign = -1
	default:
		p.bad = true
		return 0
	}
	hours := p.pair(23)
	p.blanks()
	p.accept(":")
	p.blanks()
	return sign * (hours*3600 + p.pair(59)*60)
}

// pair reads exactly two digits.
func (p *timeParser) pair(high int) int {
	before := len(p.s)
	n := p.digits(2, 0, high)
	p.bad = p.bad || before-len(p.s) != 2
	return n
}
