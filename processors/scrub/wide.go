package scrub

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// minWide is the shortest UTF-16 text that is looked at, in characters.
const minWide = 5

// wideText is a run of valid UTF-16LE in a content, decoded.
type wideText struct {
	text  string
	start int // byte offset of the run in the content

	features features
}

// wideRuns returns the maximal runs of UTF-16LE text in content[from:to]. An odd start is moved up by one; behind
// something that is no text the next run may begin.
func wideRuns(content []byte, from, to int) []wideText {
	from += from & 1
	var runs []wideText
	buf := make([]byte, 0, max(to-from, 0))
	chars, start := 0, from
	flush := func(next int) {
		if chars >= minWide {
			text := string(buf)
			runs = append(runs, wideText{text, start, scan(text)})
		}
		buf, chars, start = buf[:0], 0, next
	}
	i := from
	for i+2 <= to {
		r := rune(binary.LittleEndian.Uint16(content[i:]))
		n := 2
		if utf16.IsSurrogate(r) {
			low := rune(0)
			if i+4 <= to {
				low = rune(binary.LittleEndian.Uint16(content[i+2:]))
			}
			if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
				i += 2
				flush(i)
				continue
			}
			n = 4
		}
		buf = utf8.AppendRune(buf, r)
		chars++
		i += n
	}
	flush(i)
	return runs
}

// wideOffset is an offset in a text, in bytes and in UTF-16 units.
type wideOffset struct{ at, n int }

// units returns the number of UTF-16 units of s[:to]. Offsets that come in order are counted once.
func (o *wideOffset) units(s string, to int) int {
	if to < o.at {
		*o = wideOffset{}
	}
	for _, r := range s[o.at:to] {
		o.n += utf16.RuneLen(r)
	}
	o.at = to
	return o.n
}

// overwriteWide overwrites content[at:end], which is UTF-16 text.
func (r *redaction) overwriteWide(content []byte, at, end int) {
	var text string
	switch r.method {
	case methodUnknown:
		return
	case methodReplace:
		text = r.text
	case methodHash:
		text = string(appendHash(nil, string(content[at:end])))
	}
	for _, c := range text {
		n := 2 * utf16.RuneLen(c)
		if at+n > end {
			break
		}
		var pair [2]uint16
		for _, u := range utf16.AppendRune(pair[:0], c) {
			binary.LittleEndian.PutUint16(content[at:], u)
			at += 2
		}
	}
	for ; at < end; at += 2 {
		binary.LittleEndian.PutUint16(content[at:], '*')
	}
}

// overwrite overwrites a part of the content.
func (r *redaction) overwrite(content []byte, part span) {
	target := content[part.start:part.end]
	n := 0
	switch r.method {
	case methodUnknown:
		return
	case methodReplace:
		n = copy(target, r.text)
	case methodHash:
		n = copy(target, appendHash(nil, string(target)))
	}
	for i := range target[n:] {
		target[n+i] = '*'
	}
}
