package jsontext

// Pass goes over the current value as readers do that have no use for it: only the grammar counts, not whether texts are UTF-8 or numbers
// fit, and there is no bound on nesting. False on errors.
func (r *Reader) Pass() bool {
	if r.err != nil {
		return false
	}
	end, msg := passValue(r.buf, SkipSpace(r.buf, r.pos))
	r.pos = end
	if msg != "" {
		return r.fail(msg)
	}
	return true
}

// passValue checks the grammar of the value that starts at b[i] and returns the index behind it, or where and why it is none.
func passValue(b []byte, i int) (int, string) {
	var closing []byte // of the containers around i
	msg := ""
	for {
		if i >= len(b) {
			return i, "unexpected end"
		}
		switch c := b[i]; {
		case c == '"':
			i, msg = passString(b, i)
		case c == '{' || c == '[':
			end := c + 2 // in ASCII
			if i = SkipSpace(b, i+1); i < len(b) && b[i] == end {
				i++
				break
			}
			closing = append(closing, end)
			if i, msg = passName(b, i, end); msg != "" {
				return i, msg
			}
			continue
		case c == '-' || c >= '0' && c <= '9':
			i, _, msg = scanNumber(b, i)
		case c == 't':
			i, msg = skipWord(b, i, "true")
		case c == 'f':
			i, msg = skipWord(b, i, "false")
		case c == 'n':
			i, msg = skipWord(b, i, "null")
		default:
			return i, "expected a value"
		}
		for open := false; !open; {
			if msg != "" || len(closing) == 0 {
				return i, msg
			}
			end := closing[len(closing)-1]
			switch i = SkipSpace(b, i); {
			case i >= len(b):
				return i, "unexpected end"
			case b[i] == end:
				i, closing = i+1, closing[:len(closing)-1]
			case b[i] == ',':
				i, msg = passName(b, SkipSpace(b, i+1), end)
				if msg != "" {
					return i, msg
				}
				open = true
			default:
				return i, "expected a comma"
			}
		}
	}
}

// passName passes over the name of a member and its colon, where the container has names.
func passName(b []byte, i int, end byte) (int, string) {
	if end == ']' {
		return i, ""
	}
	if i >= len(b) || b[i] != '"' {
		return i, "expected a member name"
	}
	i, msg := passString(b, i)
	if msg != "" {
		return i, msg
	}
	if i = SkipSpace(b, i); i >= len(b) || b[i] != ':' {
		return i, "expected a colon"
	}
	return SkipSpace(b, i+1), ""
}

// passString is skipString without a look at encodings.
func passString(b []byte, i int) (int, string) {
	for i++; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return i + 1, ""
		case c < 0x20:
			return i, "control character in string"
		case c != '\\':
		case i+1 >= len(b):
			return len(b), "unexpected end in string"
		case b[i+1] == 'u':
			if _, ok := hex4(b[i+2:]); !ok {
				return i, "invalid escape"
			}
			i += 5
		case escapeLen(b[i:]) == 0:
			return i, "invalid escape"
		default:
			i++
		}
	}
	return len(b), "unexpected end in string"
}
