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

// Float returns any number as the nearest float64.
func (v *Value) Float() (float64, bool) {
	s, ok := v.NumberText()
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsInf(f, 0)
}
