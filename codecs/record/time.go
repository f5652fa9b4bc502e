package record

import (
	"math"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/event"
)

// In memory the texts of timestamps keep nanoseconds: shifts are exact. Round gives them the form in which they are written.

const maxSecond = 253402300799 // the last of the year 9999

// readTime reads a timestamp: seconds as a number, the fraction rounded to microseconds, or RFC 3339 text (items 3.8).
func readTime(d *event.Doc, v *event.Value, _ Random) {
	switch v.Kind() {
	case event.Number:
		f, ok := v.Float()
		if !ok || f < -8334601228800 || f >= maxSecond+1 {
			invalid(d, v, "timestamp out of range")
			return
		}
		SetTime(d, v, floatTime(f))
	case event.String:
		t, ok := envelope.ParseTime([]byte(v.Text()))
		if !ok {
			if t, ok = naiveTime(v.Text()); !ok {
				invalid(d, v, "input contains invalid characters")
				return
			}
		}
		if t.Unix() > maxSecond {
			invalid(d, v, "timestamp out of range")
			return
		}
		SetTime(d, v, t)
	default:
		invalid(d, v, "expected a timestamp")
	}
}

// naiveTime is a time without a zone: UTC.
func naiveTime(s string) (time.Time, bool) {
	if len(s) > 10 && s[10] == 'T' {
		return envelope.ParseTime([]byte(s + "Z"))
	}
	return time.Time{}, false
}

func floatTime(f float64) time.Time {
	s := math.Floor(f)
	return time.Unix(int64(s), int64(math.Round((f-s)*1e6))*1000).UTC()
}

// SetTime makes v a timestamp with nanoseconds and keeps its metadata.
func SetTime(d *event.Doc, v *event.Value, t time.Time) {
	var buf [40]byte
	v.SetNumber(d.Intern(event.AppendSeconds(buf[:0], t.Unix(), int64(t.Nanosecond()))))
}

// NewTime returns a timestamp.
func NewTime(d *event.Doc, t time.Time) *event.Value {
	v := d.NewNull()
	SetTime(d, v, t)
	return v
}

// Time returns a timestamp that was read before; false: there is none.
func Time(v *event.Value) (time.Time, bool) {
	s, ok := v.NumberText()
	if !ok {
		return time.Time{}, false
	}
	negative := s[0] == '-'
	if negative {
		s = s[1:]
	}
	var sec, nsec int64
	i := 0
	for ; i < len(s) && s[i] != '.'; i++ {
		if s[i]-'0' > 9 || i > 15 {
			f, ok := v.Float()
			return floatTime(f), ok
		}
		sec = sec*10 + int64(s[i]-'0')
	}
	unit := int64(1e8)
	for i++; i < len(s); i++ {
		if s[i]-'0' > 9 {
			f, ok := v.Float()
			return floatTime(f), ok
		}
		nsec += int64(s[i]-'0') * unit
		unit /= 10
	}
	if negative {
		sec, nsec = -sec, -nsec
	}
	return time.Unix(sec, nsec).UTC(), true
}

// Round gives a timestamp the form in which it is written: seconds rounded to microseconds.
func Round(d *event.Doc, v *event.Value) {
	t, ok := Time(v)
	if !ok {
		return
	}
	sec, nsec := t.Unix(), (int64(t.Nanosecond())+500)/1000*1000
	if nsec >= 1e9 {
		sec, nsec = sec+1, nsec-1e9
	}
	if sec < 0 || sec >= 1<<32 {
		v.SetNumber(d.FloatText(float64(sec) + float64(nsec)/1e9))
		return
	}
	SetTime(d, v, time.Unix(sec, nsec))
}
