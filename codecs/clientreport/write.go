package clientreport

import (
	"strconv"
	"strings"

	"weir/codecs/jsontext"
	"weir/codecs/outcome"
)

// EntryOf returns the entry in which an outcome of our own travels to an upstream; false: reports have no place for it (pipeline 7.9).
func EntryOf(id outcome.ID, reason outcome.Reason, c outcome.Category, n uint64) (Entry, bool) {
	e := Entry{Reason: string(reason), Category: c, Quantity: n}
	switch {
	case id == outcome.Filtered && strings.HasPrefix(e.Reason, "Sampled:"):
		e.List = FilteredSampling
	case id == outcome.Filtered:
		e.List = Filtered
	case id == outcome.RateLimited:
		e.List = RateLimited
	case id == outcome.ClientDiscard, id == outcome.Invalid && (reason == "invalid_signature" || reason == "missing_signature"):
		e.List = Discarded
	default:
		return Entry{}, false
	}
	return e, true
}

// AppendTo appends the payload: discarded_events always, the other lists where they have entries (pipeline 8).
func (rep *Report) AppendTo(dst []byte) []byte {
	dst = append(dst, '{')
	if !rep.Timestamp.IsZero() {
		dst = append(strconv.AppendInt(append(dst, `"timestamp":`...), rep.Timestamp.Unix(), 10), ',')
	}
	for l, name := range listKeys {
		n := 0
		for i := range rep.Entries {
			e := &rep.Entries[i]
			if e.List != List(l) {
				continue
			}
			if n == 0 {
				dst = appendListStart(dst, l, name)
			} else {
				dst = append(dst, ',')
			}
			n++
			dst = jsontext.AppendString(append(dst, `{"reason":`...), e.Reason)
			dst = jsontext.AppendString(append(dst, `,"category":`...), e.Category.String())
			dst = append(strconv.AppendUint(append(dst, `,"quantity":`...), e.Quantity, 10), '}')
		}
		if n == 0 && List(l) == Discarded {
			dst = appendListStart(dst, l, name)
			n++
		}
		if n > 0 {
			dst = append(dst, ']')
		}
	}
	return append(dst, '}')
}

func appendListStart(dst []byte, l int, name string) []byte {
	if l > 0 {
		dst = append(dst, ',')
	}
	return append(append(append(dst, '"'), name...), `":[`...)
}
