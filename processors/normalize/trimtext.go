package normalize

import (
	"strconv"
	"unicode/utf8"

	"weir/codecs/event"
)

// floatSize is the length of the shortest decimal without exponent; 1.0 counts as 1.
func floatSize(f float64) int {
	var buf [32]byte
	return len(strconv.AppendFloat(buf[:0], f, 'f', -1, 64))
}

const ellipsis = "..."

// cut shortens a text to limit code points, or leaves it alone if it is at most allowance longer. Redacted ranges are
// kept whole or dropped (12.3).
func (t *trimmer) cut(v *event.Value, limit, allowance int) {
	s := v.Text()
	if len(s) <= limit+allowance {
		return
	}
	total := utf8.RuneCountInString(s)
	if total <= limit+allowance {
		return
	}
	var remarks []event.Remark
	out := make([]byte, 0, len(s))
	length, pos := 0, 0
	full := false
	text := func(end int) {
		chunk := s[pos:end]
		pos = end
		if n := utf8.RuneCountInString(chunk); length+n < limit {
			out = append(out, chunk...)
			length += n
			return
		}
		full = true
		for _, c := range chunk {
			if length+3 >= limit {
				return
			}
			out = utf8.AppendRune(out, c)
			length++
		}
	}
	for _, rem := range v.Meta().Ranged() {
		if rem.Start < pos || rem.End < rem.Start || rem.End > len(s) || !utf8.RuneStart(at(s, rem.Start)) || !utf8.RuneStart(at(s, rem.End)) {
			break
		}
		if rem.Start > pos {
			if text(rem.Start); full {
				break
			}
		}
		n := utf8.RuneCountInString(s[rem.Start:rem.End])
		fits := length+n < limit
		if !fits {
			full = true
			fits = length+n+3 < limit+allowance
		}
		if fits {
			start := len(out)
			out = append(out, s[rem.Start:rem.End]...)
			length += n
			remarks = append(remarks, event.Remark{Rule: rem.Rule, Type: rem.Type, Start: start, End: len(out), HasRange: true})
		}
		pos = rem.End
		if full {
			break
		}
	}
	if !full {
		text(len(s))
	}
	if full {
		remarks = append(remarks, event.Remark{Rule: "!limit", Type: 's', Start: len(out), End: len(out) + len(ellipsis), HasRange: true})
		out = append(out, ellipsis...)
	}
	v.SetString(t.d.Intern(out))
	meta := t.d.MetaOf(v)
	meta.Remarks = remarks
	meta.SetLen(total)
}

// at returns the byte at i, or the start of a character at the end of s.
func at(s string, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}
