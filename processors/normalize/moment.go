package normalize

import (
	"math"
	"strings"
	"time"

	"weir/codecs/event"
)

// moment is a time since 1970 or a difference of times. In memory the texts of timestamps keep nanoseconds; what is written is
// rounded to microseconds when the event is pruned (4.3).
type moment struct {
	sec  int64
	nsec int64 // 0 to 999999999
}

// Bounds of the date range that timestamps are read into, in seconds: years -262143 to 262142; nothing after the year
// 9999 is accepted.
const (
	minSeconds = -8334601228800
	maxSeconds = 8210266876799
	year10000  = 253402300800
)

func momentOf(t time.Time) moment { return moment{t.Unix(), int64(t.Nanosecond())} }

func (m moment) time() time.Time { return time.Unix(m.sec, m.nsec).UTC() }

func (m moment) add(d moment) moment { return moment{m.sec + d.sec, m.nsec + d.nsec}.carry() }

func (m moment) sub(d moment) moment { return moment{m.sec - d.sec, m.nsec - d.nsec}.carry() }

func (m moment) carry() moment {
	if m.nsec < 0 {
		return moment{m.sec - 1, m.nsec + 1e9}
	}
	if m.nsec >= 1e9 {
		return moment{m.sec + 1, m.nsec - 1e9}
	}
	return m
}

func (m moment) before(o moment) bool { return m.sec < o.sec || m.sec == o.sec && m.nsec < o.nsec }

// nanos is m in nanoseconds, bounded by what fits.
func (m moment) nanos() int64 {
	const most = int64(4e9)
	return min(max(m.sec, -most), most)*1e9 + m.nsec
}

// floatMoment rounds the fraction of a float to microseconds.
func floatMoment(f float64) moment {
	s := math.Floor(f)
	return moment{int64(s), int64(math.Round((f-s)*1e6)) * 1000}.carry()
}

// append writes m as decimal seconds with up to nine decimals, at least one.
func (m moment) append(dst []byte) []byte {
	return event.AppendSeconds(dst, m.sec, m.nsec)
}

// setTime makes v the given time and keeps its metadata.
func (r *run) setTime(v *event.Value, m moment) { r.number(v, m.append(r.buf[:0])) }

// timeOf returns a timestamp that was read before.
func timeOf(v *event.Value) (m moment, ok bool) {
	s, ok := v.NumberText()
	if !ok {
		return m, false
	}
	negative := s[0] == '-'
	if negative {
		s = s[1:]
	}
	i := 0
	for ; i < len(s) && s[i] != '.'; i++ {
		if s[i]-'0' > 9 {
			return floatMoment(mustFloat(v)), true
		}
		m.sec = m.sec*10 + int64(s[i]-'0')
	}
	unit := int64(1e8)
	for i++; i < len(s); i++ {
		if s[i]-'0' > 9 {
			return floatMoment(mustFloat(v)), true
		}
		m.nsec += int64(s[i]-'0') * unit
		unit /= 10
	}
	if negative {
		m = moment{}.sub(m)
	}
	return m, true
}

func mustFloat(v *event.Value) float64 {
	f, _ := v.Float()
	return f
}

// writeTime gives a timestamp its final form: seconds as the shortest float, rounded to microseconds. From 1970 on, with up to ten digits
// and six decimals, the text in memory is that form.
func (r *run) writeTime(v *event.Value) {
	s, ok := v.NumberText()
	if !ok {
		return
	}
	if i := strings.IndexByte(s, '.'); i >= 0 && s[0] != '-' && i <= 10 && len(s)-i <= 7 {
		return
	}
	m, _ := timeOf(v)
	m.nsec = (m.nsec + 500) / 1000 * 1000
	if m = m.carry(); m.sec >= 0 && m.sec < 1<<32 {
		r.setTime(v, m)
	} else {
		r.number(v, m.appendFloat(r.buf[:0]))
	}
}

// appendFloat writes m as the float that is nearest to its microseconds.
func (m moment) appendFloat(dst []byte) []byte {
	return event.AppendFloat(dst, float64(m.sec)+float64((m.nsec+500)/1000)/1e6)
}
