package upstream

import (
	"bytes"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// Encoding is how bodies of envelopes are compressed (http.encoding).
type Encoding uint8

// The encodings; zero is the default of the contract.
const (
	Zstd Encoding = iota
	Identity
	Deflate
	Gzip
	Brotli
)

var encodingNames = [...]string{"zstd", "identity", "deflate", "gzip", "br"}

// ParseEncoding reads a value of http.encoding.
func ParseEncoding(s string) (Encoding, error) {
	for i, name := range encodingNames {
		if s == name {
			return Encoding(i), nil
		}
	}
	return Zstd, fmt.Errorf("http.encoding: %q is none of %v", s, encodingNames)
}

// header is the value of Content-Encoding, empty for none.
func (e Encoding) header() string {
	if e == Identity {
		return ""
	}
	return encodingNames[e]
}

// zstdEncoder is used by all senders; EncodeAll may be called concurrently.
var zstdEncoder, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2)) // constant options cannot fail

// encode returns the compressed body.
func (e Encoding) encode(body []byte) ([]byte, error) {
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch e {
	case Zstd:
		return zstdEncoder.EncodeAll(body, make([]byte, 0, len(body)/4+64)), nil
	case Deflate:
		w, err = zlib.NewWriterLevel(&out, zlib.BestSpeed)
	case Gzip:
		w, err = gzip.NewWriterLevel(&out, gzip.BestSpeed)
	case Brotli:
		w = brotli.NewWriterLevel(&out, brotli.BestSpeed)
	default:
		return body, nil
	}
	if err == nil {
		_, err = w.Write(body)
	}
	if err == nil {
		err = w.Close()
	}
	return out.Bytes(), err
}
