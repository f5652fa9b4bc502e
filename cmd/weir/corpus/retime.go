package corpus

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

var (
	isoTime  = regexp.MustCompile(`2026-11-2[0-9]T\d\d:\d\d:\d\d`)
	unixTime = regexp.MustCompile(`\b1795[0-9]{6}`)
)

// At returns the request as its SDK would send it at time now, to another project and key: every point in time of the capture is moved
// by the same amount, texts keep their length. A body that does not decode (some are broken on purpose) only gets the new key.
func (r Request) At(now time.Time, project uint64, key string) Request {
	shift := now.Sub(Captured).Truncate(time.Second)
	swap := func(s string) string {
		return strings.ReplaceAll(strings.Replace(s, "/api/42/", fmt.Sprintf("/api/%d/", project), 1), Key, key)
	}
	out := r
	out.Path, out.Query = swap(r.Path), swap(r.Query)
	out.Headers = nil
	for _, h := range r.Headers {
		switch strings.ToLower(h[0]) {
		case "host", "content-length", "transfer-encoding", "connection", "accept-encoding", "expect":
		default:
			out.Headers = append(out.Headers, [2]string{h[0], swap(h[1])})
		}
	}
	encoding := r.Header("Content-Encoding")
	plain, err := decode(encoding, r.Body)
	if err != nil {
		return out
	}
	head, rest, newline := bytes.Cut(plain, []byte("\n"))
	head = bytes.ReplaceAll(head, []byte(`/42"`), fmt.Appendf(nil, `/%d"`, project)) // the DSN of a tunnelled envelope
	plain = head
	if newline {
		plain = append(append(bytes.Clone(head), '\n'), rest...)
	}
	plain = bytes.ReplaceAll(plain, []byte(Key), []byte(key))
	plain = isoTime.ReplaceAllFunc(plain, func(b []byte) []byte {
		t, err := time.Parse("2006-01-02T15:04:05", string(b))
		if err != nil {
			return b
		}
		return []byte(t.Add(shift).Format("2006-01-02T15:04:05"))
	})
	plain = unixTime.ReplaceAllFunc(plain, func(b []byte) []byte {
		n, err := strconv.ParseInt(string(b), 10, 64)
		if err != nil {
			return b
		}
		return strconv.AppendInt(nil, n+int64(shift/time.Second), 10)
	})
	out.Body = encode(encoding, plain)
	return out
}

func decode(encoding string, b []byte) ([]byte, error) {
	switch encoding {
	case "":
		return b, nil
	case "gzip":
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(z)
	case "deflate":
		z, err := zlib.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(z)
	case "br":
		return io.ReadAll(brotli.NewReader(bytes.NewReader(b)))
	case "zstd":
		z, err := zstd.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		return io.ReadAll(z)
	}
	return nil, fmt.Errorf("content encoding %q", encoding)
}

// encode is the inverse of decode. Writes to a buffer do not fail.
func encode(encoding string, b []byte) []byte {
	var buf bytes.Buffer
	var w io.WriteCloser
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&buf)
	case "deflate":
		w = zlib.NewWriter(&buf)
	case "br":
		w = brotli.NewWriter(&buf)
	case "zstd":
		w, _ = zstd.NewWriter(&buf)
	default:
		return b
	}
	_, _ = w.Write(b)
	_ = w.Close()
	return buf.Bytes()
}

// Plain returns the body with its content encoding removed.
func (r Request) Plain() ([]byte, error) {
	b, err := decode(r.Header("Content-Encoding"), r.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Name, err)
	}
	return b, nil
}

var sentAt = regexp.MustCompile(`("sent_at"\s*:\s*")[^"]*"`)

// SentAt returns the request with t as the time at which its envelope says it was sent: else the age of a capture counts as a wrong clock.
func (r Request) SentAt(t time.Time) Request {
	plain, err := r.Plain()
	if err != nil {
		return r
	}
	head, rest, newline := bytes.Cut(plain, []byte("\n"))
	head = sentAt.ReplaceAll(head, []byte(`${1}`+t.UTC().Format("2006-01-02T15:04:05.000Z")+`"`))
	if newline {
		head = append(append(bytes.Clone(head), '\n'), rest...)
	}
	r.Body = encode(r.Header("Content-Encoding"), head)
	return r
}
