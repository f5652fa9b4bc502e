package admission

import "bytes"

// countSpans counts the entries of the top-level `spans` array of a transaction without parsing it; what is no such JSON has none.
func countSpans(payload []byte) uint64 {
	s := scanner{b: payload}
	s.space()
	if !s.take('{') {
		return 0
	}
	var spans uint64
	for s.space(); !s.take('}'); s.space() {
		key := s.text()
		s.space()
		if key == nil || !s.take(':') {
			return 0
		}
		s.space()
		if string(key) == `"spans"` {
			spans = 0
			if s.i < len(s.b) && s.b[s.i] == '[' {
				spans = s.entries()
			} else {
				s.skip()
			}
		} else {
			s.skip()
		}
		s.space()
		if !s.take(',') && (s.i >= len(s.b) || s.b[s.i] != '}') {
			return spans
		}
	}
	return spans
}

// scanner walks JSON by brackets and strings; it does not validate.
type scanner struct {
	b []byte
	i int
}

func (s *scanner) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\n' || s.b[s.i] == '\r' || s.b[s.i] == '\t') {
		s.i++
	}
}

func (s *scanner) take(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

// text returns the raw string at the cursor with its quotes, nil when there is none.
func (s *scanner) text() []byte {
	from := s.i
	if !s.take('"') {
		return nil
	}
	for {
		n := bytes.IndexAny(s.b[s.i:], `"\`)
		if n < 0 {
			s.i = len(s.b)
			return nil
		}
		s.i += n
		if s.b[s.i] == '"' {
			s.i++
			return s.b[from:s.i]
		}
		s.i = min(s.i+2, len(s.b))
	}
}

// skip passes one value.
func (s *scanner) skip() {
	depth := 0
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case '"':
			if s.text() == nil {
				return
			}
			if depth == 0 {
				return
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return
			}
			depth--
			if depth == 0 {
				s.i++
				return
			}
		case ',':
			if depth == 0 {
				return
			}
		}
		s.i++
	}
}

// entries counts the values of the array at the cursor.
func (s *scanner) entries() uint64 {
	s.take('[')
	var n uint64
	for s.space(); s.i < len(s.b) && !s.take(']'); s.space() {
		at := s.i
		s.skip()
		if s.i == at {
			return n
		}
		n++
		s.space()
		s.take(',')
	}
	return n
}
