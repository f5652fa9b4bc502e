package server

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"weir/edge"
)

// compressAbove is the size in bytes up to which responses are never compressed (edge 2.8). The answer of the envelope and
// store endpoints is smaller.
const compressAbove = 128

// responseEncodings in order of preference, where the client has none.
var responseEncodings = []struct {
	name string
	make func(io.Writer) (io.WriteCloser, error)
}{
	{"zstd", func(w io.Writer) (io.WriteCloser, error) {
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	}},
	{"br", func(w io.Writer) (io.WriteCloser, error) { return brotli.NewWriterLevel(w, brotli.BestSpeed), nil }},
	{"gzip", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, gzip.BestSpeed) }},
	{"deflate", func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriterLevel(w, zlib.BestSpeed) }},
}

// compress encodes content as the client accepts it, and sets Content-Encoding.
func compress(x *edge.Exchange, content []byte) []byte {
	h := x.W.Header()
	best, quality := -1, 0.0
	accepted := strings.Join(x.R.Header["Accept-Encoding"], ",")
	if accepted == "" || h.Get("Content-Encoding") != "" {
		return content
	}
	for i, enc := range responseEncodings {
		if q := acceptance(accepted, enc.name); q > quality {
			best, quality = i, q
		}
	}
	if best < 0 {
		return content
	}
	var out bytes.Buffer
	w, err := responseEncodings[best].make(&out)
	if err != nil {
		return content
	}
	if _, err := w.Write(content); err != nil {
		return content
	}
	if err := w.Close(); err != nil {
		return content
	}
	h["Content-Encoding"] = []string{responseEncodings[best].name}
	h["Vary"] = append(h["Vary"][:len(h["Vary"]):len(h["Vary"])], "accept-encoding")
	return out.Bytes()
}

// acceptance returns the quality that an Accept-Encoding value gives to an encoding, 0 if it is not accepted.
func acceptance(header, name string) float64 {
	wildcard := 0.0
	for part := range strings.SplitSeq(header, ",") {
		token, params, _ := strings.Cut(part, ";")
		token = strings.TrimSpace(token)
		q := 1.0
		if value, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(value, 64); err != nil {
				q = 0
			}
		}
		switch {
		case strings.EqualFold(token, name):
			return q
		case token == "*":
			wildcard = q
		}
	}
	return wildcard
}
