package formdata

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	maxHeaders     = 32
	maxHeaderBytes = 512 << 10
	bufferSize     = 8 << 10
)

// ErrIncomplete says that the body ends within a part, or is none at all.
var ErrIncomplete = errors.New("incomplete multipart stream")

// Reader yields the parts of one body.
type Reader struct {
	src       *bufio.Reader
	delimiter []byte // CRLF, two hyphens and the boundary
	part      *Part
	began     bool
	err       error // sticky
}

// NewReader reads a body of parts between boundary lines. Errors of src are returned as they are.
func NewReader(src io.Reader, boundary string) *Reader {
	delimiter := []byte("\r\n--" + boundary)
	return &Reader{src: bufio.NewReaderSize(src, max(bufferSize, 4*len(delimiter))), delimiter: delimiter}
}

// Part is one part. It ends with the next call of Next.
type Part struct {
	Name, Filename       string
	HasName, HasFilename bool
	ContentType          string // empty: none

	r     *Reader
	ended bool
}

// Next goes on to the next part; io.EOF follows the last one.
func (r *Reader) Next() (*Part, error) {
	if r.err != nil {
		return nil, r.err
	}
	p, err := r.next()
	if err != nil {
		r.err, r.part = err, nil
		return nil, err
	}
	r.part = p
	return p, nil
}

func (r *Reader) next() (*Part, error) {
	switch {
	case !r.began:
		r.began = true
		if _, err := r.skipTo(r.delimiter[2:], io.Discard); err != nil {
			return nil, err
		}
	case !r.part.ended:
		if _, err := io.Copy(io.Discard, r.part); err != nil {
			return nil, err
		}
	}
	if tail, err := r.src.Peek(2); err != nil {
		return nil, incomplete(err)
	} else if string(tail) == "--" {
		return nil, io.EOF // what follows is not looked at
	}
	for {
		c, err := r.src.ReadByte()
		switch {
		case err != nil:
			return nil, incomplete(err)
		case c == ' ' || c == '\t':
			continue
		case c != '\r':
			return nil, ErrIncomplete
		}
		if c, err = r.src.ReadByte(); err != nil || c != '\n' {
			return nil, incomplete(err)
		}
		return r.header()
	}
}

// incomplete is what an early end means; other errors are the source's.
func incomplete(err error) error {
	if err == nil || err == io.EOF || err == io.ErrUnexpectedEOF {
		return ErrIncomplete
	}
	return err
}

// skipTo copies what comes before a mark to w and passes the mark.
func (r *Reader) skipTo(mark []byte, w io.Writer) (int64, error) {
	var n int64
	for {
		b, err := r.src.Peek(max(r.src.Buffered(), len(mark)))
		at := bytes.Index(b, mark)
		take := at
		if at < 0 {
			if err != nil {
				return n, incomplete(err)
			}
			take = len(b) - len(mark) + 1
		}
		_, _ = w.Write(b[:take])
		n += int64(take)
		if at >= 0 {
			take += len(mark)
		}
		if _, err := r.src.Discard(take); err != nil {
			return n, err
		}
		if at >= 0 {
			return n, nil
		}
	}
}

// header reads the fields of a part, up to the empty line.
func (r *Reader) header() (*Part, error) {
	text := bounded{left: maxHeaderBytes}
	if _, err := r.skipTo([]byte("\r\n\r\n"), &text); err != nil {
		return nil, err
	}
	if text.left < 0 {
		return nil, errors.New("the header of a part is too long")
	}
	p := &Part{r: r}
	count := 0
	for line := range strings.SplitSeq(text.String(), "\n") {
		if line = strings.TrimSuffix(line, "\r"); line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		switch count++; {
		case count > maxHeaders:
			return nil, errors.New("too many headers")
		case !ok || name == "" || strings.IndexFunc(name, notToken) >= 0:
			return nil, fmt.Errorf("invalid header name %.40q", name)
		case strings.IndexFunc(value, isControl) >= 0:
			return nil, fmt.Errorf("invalid value of header %.40q", name)
		}
		switch value = strings.Trim(value, " \t"); {
		case strings.EqualFold(name, "Content-Disposition"):
			p.disposition(value)
		case strings.EqualFold(name, "Content-Type"):
			p.ContentType = value
		}
	}
	return p, nil
}

// bounded is a buffer that remembers that it would have got too long.
type bounded struct {
	strings.Builder
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left >= 0 {
		b.Builder.Write(p)
	}
	return len(p), nil
}

func notToken(c rune) bool {
	return !('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || strings.ContainsRune("!#$%&'*+-.^_`|~", c))
}

func isControl(c rune) bool { return c < ' ' && c != '\t' || c == 0x7F }

// Read yields the content. ErrIncomplete says that the body ended before.
func (p *Part) Read(b []byte) (int, error) {
	r := p.r
	switch {
	case p.ended || r.part != p:
		return 0, io.EOF
	case r.err != nil:
		return 0, r.err
	case len(b) == 0:
		return 0, nil
	}
	seen, err := r.src.Peek(max(r.src.Buffered(), len(r.delimiter)))
	at := bytes.Index(seen, r.delimiter)
	switch {
	case at == 0:
		p.ended = true
		_, _ = r.src.Discard(len(r.delimiter))
		return 0, io.EOF
	case at < 0 && err != nil:
		r.err = incomplete(err)
		return 0, r.err
	case at < 0:
		at = len(seen) - len(r.delimiter) + 1
	}
	n := copy(b, seen[:at])
	_, _ = r.src.Discard(n)
	return n, nil
}
