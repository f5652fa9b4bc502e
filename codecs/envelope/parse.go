package envelope

import (
	"bytes"

	"weir/codecs/jsontext"
)

// MaxItems is the largest number of items of one envelope (edge 5.1 rule 8).
const MaxItems = 500

// MaxMembers is the largest number of members without a meaning that one header may have. The contract has no such limit; it keeps a header
// of many tiny members from costing ten times its size in memory.
const MaxMembers = 1000

// Parse reads an envelope (edge 5.1). Errors are *Error. Payloads, Trace and the Raw of members alias b, strings do not.
// It does not generate an event id (rule 10) and does not compare with a request: see ParseRequest.
func Parse(b []byte) (*Envelope, error) {
	e := &Envelope{}
	pos, err := parseHeader(&e.Header, b)
	if err != nil {
		return nil, err
	}
	return e, e.parseItems(b, pos)
}

// ParseRequest is Parse for the body of an ingestion request: the header is merged with what the request told before the items are
// looked at, so that a mismatch is reported before broken items (edge 5.1, check order).
func ParseRequest(b []byte, req Request) (*Envelope, error) {
	e := &Envelope{}
	pos, err := parseHeader(&e.Header, b)
	if err != nil {
		return nil, err
	}
	if err := Merge(&e.Header, req); err != nil {
		return nil, err
	}
	return e, e.parseItems(b, pos)
}

// parseHeader reads the header and its line end and returns the offset of the first item.
func parseHeader(h *Header, b []byte) (int, error) {
	if jsontext.SkipSpace(b, 0) == len(b) {
		return 0, &Error{Cause: CauseMissingHeader}
	}
	pos, err := readHeader(h, b)
	if err != nil {
		return 0, err
	}
	return lineEnd(b, pos)
}

// lineEnd expects a line feed or the end of input at pos and returns the offset behind it (rule 1).
func lineEnd(b []byte, pos int) (int, error) {
	switch {
	case pos == len(b):
		return pos, nil
	case b[pos] != '\n':
		return 0, &Error{Cause: CauseNewline}
	}
	return pos + 1, nil
}

func (e *Envelope) parseItems(b []byte, pos int) error {
	for pos < len(b) {
		if jsontext.SkipSpace(b, pos) == len(b) {
			return &Error{Cause: CauseEnd}
		}
		if e.Items == nil {
			e.Items = make([]Item, 0, guessItems(b[pos:]))
		}
		e.Items = append(e.Items, Item{})
		it := &e.Items[len(e.Items)-1]
		next, err := readItem(it, b, pos)
		if err != nil {
			return err
		}
		if len(e.Items) > MaxItems {
			return &Error{Cause: CauseTooManyItems}
		}
		pos = next
	}
	return nil
}

// readItem reads the item at pos and returns the offset of the next one (rules 3 to 6).
func readItem(it *Item, b []byte, pos int) (int, error) {
	pos, length, goodLength, err := readItemHeader(it, b, pos)
	if err != nil {
		return 0, err
	}
	if pos, err = lineEnd(b, pos); err != nil {
		return 0, err
	}
	if !goodLength {
		return 0, &Error{Cause: CauseItemHeader, Detail: "length: expected an integer that is not negative"}
	}
	rest := b[pos:]
	if it.Length < 0 {
		n := bytes.IndexByte(rest, '\n')
		if n < 0 {
			n = len(rest)
		}
		it.Payload = rest[:n:n]
		return min(pos+n+1, len(b)), nil
	}
	if length > uint64(len(rest)) {
		return 0, &Error{Cause: CauseEnd}
	}
	it.Length = int(length)
	it.Payload = rest[:length:length]
	return lineEnd(b, pos+it.Length)
}

// guessItems sizes the list: most envelopes have one item and one payload line.
func guessItems(b []byte) int {
	if len(b) > 64<<10 {
		return 4
	}
	return min(1+bytes.Count(b, []byte("\n{\"type\":")), MaxItems)
}
