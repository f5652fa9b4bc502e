package body

import (
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// Encoding is a content encoding that requests may use.
type Encoding uint8

// The encodings of edge 2.7.
const (
	Identity Encoding = iota
	Gzip
	Deflate // zlib format
	Brotli
	Zstd
)

// Accepted is the value of Accept-Encoding in a 415.
const Accepted = "gzip,deflate,br,zstd"

// ParseEncoding reads a Content-Encoding value: one name, case-sensitive (edge 2.7).
func ParseEncoding(s string) (Encoding, bool) {
	switch s {
	case "", "identity":
		return Identity, true
	case "gzip":
		return Gzip, true
	case "deflate":
		return Deflate, true
	case "br":
		return Brotli, true
	case "zstd":
		return Zstd, true
	}
	return Identity, false
}

// maxWindow bounds the memory of a zstd decoder; it is what RFC 9659 lets an HTTP sender use.
const maxWindow = 8 << 20

type decoder interface {
	Reset(src io.Reader) error
	io.Reader
}

// nothing is where pooled decoders read from: they must not hold on to a request.
type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, io.EOF }
func (nothing) ReadByte() (byte, error)  { return 0, io.EOF }

type zlibDecoder struct{ r io.ReadCloser }

func (d *zlibDecoder) Read(p []byte) (int, error) { return d.r.Read(p) }

func (d *zlibDecoder) Reset(src io.Reader) (err error) {
	if d.r == nil {
		r, err := zlib.NewReader(src)
		if err == nil {
			d.r = r
		}
		return err
	}
	return d.r.(zlib.Resetter).Reset(src, nil)
}

// gzipDecoder reads the first member; what follows is left out.
type gzipDecoder struct{ gzip.Reader }

func (d *gzipDecoder) Reset(src io.Reader) error {
	err := d.Reader.Reset(src)
	d.Multistream(false)
	return err
}

// brotliDecoder leaves out what follows the end of the stream.
type brotliDecoder struct {
	brotli.Reader
	ended bool
}

// errAfterBrotli is what the library says about bytes behind the end, here those behind an empty stream.
var _, errAfterBrotli = io.ReadAll(brotli.NewReader(strings.NewReader("\x06x")))

func (d *brotliDecoder) Reset(src io.Reader) error {
	d.ended = false
	return d.Reader.Reset(src)
}

func (d *brotliDecoder) Read(p []byte) (int, error) {
	if d.ended {
		return 0, io.EOF
	}
	n, err := d.Reader.Read(p)
	if err != nil && err == errAfterBrotli {
		d.ended, err = true, io.EOF
	}
	return n, err
}

type zstdDecoder struct{ *zstd.Decoder }

func (d zstdDecoder) Reset(src io.Reader) error { return d.Decoder.Reset(src) }

var decoders = [...]sync.Pool{
	Gzip:    {New: func() any { return new(gzipDecoder) }},
	Deflate: {New: func() any { return new(zlibDecoder) }},
	Brotli:  {New: func() any { return new(brotliDecoder) }},
	Zstd: {New: func() any {
		// Concurrency 1 decodes in the caller's goroutine, so a dropped decoder leaves nothing behind.
		d, err := zstd.NewReader(nothing{}, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			panic(err) // only for invalid options
		}
		return zstdDecoder{d}
	}},
}

func getDecoder(e Encoding) decoder { return decoders[e].Get().(decoder) }

func putDecoder(e Encoding, d decoder) {
	if e == Zstd || e == Brotli { // the others fail on an empty stream, and keep no large window
		_ = d.Reset(nothing{})
	}
	decoders[e].Put(d)
}
