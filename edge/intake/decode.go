package intake

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strconv"

	"github.com/klauspost/compress/zlib"

	"weir/edge"
	"weir/edge/admission"
	"weir/edge/body"
)

var noMemory = admission.Unavailable(body.ErrNoMemory.Error())

// decodeEvent brings the body of an event into plain JSON: as it is, or base64, or base64 of zlib (edge 8.2, step 2). The
// buffer is replaced where the form changes.
func (in *Intake) decodeEvent(buf **body.Buffer) edge.Reply {
	b := (*buf).B
	switch {
	case len(b) == 0:
		return edge.BadRequest("empty request body")
	case b[0] == '{':
		return edge.Reply{}
	}
	decoded := body.Get(in.budget)
	if decoded == nil || !decoded.Grow(base64.StdEncoding.DecodedLen(len(b))) {
		decoded.Free()
		return noMemory
	}
	var err error
	if decoded.B, err = decodeBase64(decoded.B, b); err != nil {
		decoded.Free()
		return edge.BadRequest("invalid request body", base64Cause(b, err))
	}
	if len(decoded.B) > 0 && decoded.B[0] == '{' {
		(*buf).Free()
		*buf = decoded
		return edge.Reply{}
	}
	defer decoded.Free()
	inflated, err := in.inflate(decoded.B)
	switch {
	case errors.Is(err, body.ErrNoMemory):
		return noMemory
	case err != nil:
		return edge.BadRequest("invalid request body", "corrupt deflate stream")
	case len(inflated.B) == 0:
		inflated.Free()
		return edge.BadRequest("empty request body")
	}
	(*buf).Free()
	*buf = inflated
	return edge.Reply{}
}

// base64Cause words an error of decodeBase64. A wrong length is told before a wrong character.
func base64Cause(b []byte, err error) string {
	var at base64.CorruptInputError
	whole := len(b) &^ 3
	switch {
	case whole != len(b):
		return "invalid length at " + strconv.Itoa(whole)
	case !errors.As(err, &at):
		return err.Error()
	}
	if _, err := base64.StdEncoding.AppendDecode(nil, b); err == nil && !bytes.ContainsAny(b, "\r\n") {
		return "non-zero trailing bits at " + strconv.Itoa(len(bytes.TrimRight(b, "="))-1)
	}
	return "invalid symbol at " + strconv.FormatInt(int64(at), 10)
}

// inflate decodes zlib; what exceeds max_event_size is cut off silently.
func (in *Intake) inflate(b []byte) (*body.Buffer, error) {
	out := body.Get(in.budget)
	if out == nil {
		return nil, body.ErrNoMemory
	}
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err == nil {
		err = out.Fill(io.LimitReader(z, in.cfg.MaxEventSize), in.cfg.MaxEventSize, 0)
	}
	if err != nil {
		out.Free()
		return nil, err
	}
	return out, nil
}

// fixPythonJSON overwrites, in place, what old Python SDKs wrote although it is no JSON: the bare tokens NaN, Infinity and -Infinity,
// and integers of more than 64 bits, each by 0 and blanks (edge 8.2, step 3).
func fixPythonJSON(b []byte) {
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == '"':
			i = endOfString(b, i)
		case c == '-' || isWordByte(c):
			n := fixWord(b[i:])
			if n == 0 {
				end := i + 1
				for end < len(b) && (isWordByte(b[end]) || b[end] == '.' || b[end] == '+') {
					end++
				}
				n = end - i
				fixInteger(b[i:end])
			}
			i += n
		default:
			i++
		}
	}
}

// endOfString returns the index behind the string that starts at i.
func endOfString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

func isWordByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_'
}

// fixWord replaces the word that b starts with and returns its length, 0 when there is none of them. What follows does not matter.
func fixWord(b []byte) int {
	word, by := b, "0"
	if b[0] == '-' {
		word, by = b[1:], "-0"
	}
	for _, name := range [...]string{"NaN", "Infinity"} {
		if n := len(b) - len(word) + len(name); len(word) >= len(name) && string(word[:len(name)]) == name {
			blank(b[:n], by)
			return n
		}
	}
	return 0
}

func fixInteger(token []byte) {
	digits := bytes.TrimPrefix(token, []byte("-"))
	if len(digits) < 19 { // shorter ones fit
		return
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return
		}
	}
	_, unsigned := strconv.ParseUint(string(token), 10, 64)
	_, signed := strconv.ParseInt(string(token), 10, 64)
	switch {
	case unsigned == nil || signed == nil:
	case token[0] == '-':
		blank(token, "-0")
	default:
		blank(token, "0")
	}
}

func blank(token []byte, by string) {
	n := copy(token, by)
	for i := n; i < len(token); i++ {
		token[i] = ' '
	}
}
