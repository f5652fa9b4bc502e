package jsontext

import "time"

// TimeText is t in UTC as RFC 3339, with 0, 3, 6 or 9 digits of the second, as many as needed.
func TimeText(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05" + Decimals(t) + "Z")
}

// Decimals is the layout of the decimals of t's second: as many groups of three digits as it has.
func Decimals(t time.Time) string {
	switch ns := t.Nanosecond(); {
	case ns == 0:
		return ""
	case ns%1e6 == 0:
		return ".000"
	case ns%1e3 == 0:
		return ".000000"
	}
	return ".000000000"
}
