package event

import "strconv"

// AppendSeconds appends a time as decimal seconds since 1970 with as many decimals as it has, at least one and at most nine. whole is rounded
// down, fraction is what is left in nanoseconds.
func AppendSeconds(dst []byte, whole, fraction int64) []byte {
	if whole < 0 {
		dst = append(dst, '-')
		if whole = -whole; fraction > 0 {
			whole, fraction = whole-1, 1e9-fraction
		}
	}
	dst = append(strconv.AppendInt(dst, whole, 10), '.')
	if fraction == 0 {
		return append(dst, '0')
	}
	for unit := int64(1e8); fraction > 0; unit /= 10 {
		dst = append(dst, byte('0'+fraction/unit))
		fraction %= unit
	}
	return dst
}
