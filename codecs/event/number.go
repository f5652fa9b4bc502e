package event

import (
	"math"
	"strconv"
)

// IsInteger reports whether a JSON number literal has neither fraction nor exponent (normalize 2.1).
func IsInteger(literal string) bool {
	for i := range len(literal) {
		switch literal[i] {
		case '.', 'e', 'E':
			return false
		}
	}
	return true
}

// Int returns a number that was written as an integer and fits into an int64.
func (v *Value) Int() (int64, bool) {
	s, ok := v.NumberText()
	if !ok || !IsInteger(s) {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// Uint returns a number that was written as an integer and fits into a uint64.
func (v *Value) Uint() (uint64, bool) {
	s, ok := v.NumberText()
	if !ok || s[0] == '-' || !IsInteger(s) {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 64)
	return n, err == nil
}

// Float returns any number as a float64. What was parsed is read by the arithmetic that the contract's numbers come from: the leading
// digits as an unsigned integer of 64 bits, rounded to a float64, times or through one power of ten. Up to 15 digits that is the nearest
// float64; with more it may be the next to it. A number that was set is the nearest to its literal.
func (v *Value) Float() (float64, bool) {
	s, ok := v.NumberText()
	if !ok {
		return 0, false
	}
	if v.plain {
		f, err := strconv.ParseFloat(s, 64)
		return f, err == nil
	}
	return parseFloat(s)
}

// parseFloat reads a valid JSON number; false: it is out of range.
func parseFloat(s string) (float64, bool) {
	negative := s[0] == '-'
	i := 0
	if negative {
		i++
	}
	var n uint64
	exponent := 0
	full := false // further digits do not fit into n
	for ; i < len(s) && s[i]-'0' <= 9; i++ {
		if full = full || overflows(n, s[i]-'0'); full {
			exponent++
		} else {
			n = n*10 + uint64(s[i]-'0')
		}
	}
	if i < len(s) && s[i] == '.' {
		for i++; i < len(s) && s[i]-'0' <= 9; i++ {
			if full = full || overflows(n, s[i]-'0'); !full {
				n = n*10 + uint64(s[i]-'0')
				exponent--
			}
		}
	}
	if i < len(s) {
		stated, err := strconv.Atoi(s[i+1:])
		if err != nil || stated > 1<<20 || stated < -1<<20 { // more than any number of digits makes up for
			if n == 0 || s[i+1] == '-' {
				return signed(0, negative), true
			}
			return 0, false
		}
		exponent += stated
	}
	f := float64(n)
	for exponent < -308 && f != 0 {
		f /= 1e308
		exponent += 308
	}
	switch {
	case f == 0:
	case exponent < 0:
		f /= power10[-exponent]
	case exponent > 308:
		return 0, false
	case exponent > 0:
		if f *= power10[exponent]; math.IsInf(f, 0) {
			return 0, false
		}
	}
	return signed(f, negative), true
}

// power10 are the powers of ten that are nearest to the true ones; those of math.Pow10 are products.
var power10 = func() (table [309]float64) {
	for i := range table {
		table[i], _ = strconv.ParseFloat("1e"+strconv.Itoa(i), 64)
	}
	return table
}()

func overflows(n uint64, digit byte) bool {
	const most = math.MaxUint64
	return n > most/10 || n == most/10 && uint64(digit) > most%10
}

func signed(f float64, negative bool) float64 {
	if negative {
		return -f
	}
	return f
}
