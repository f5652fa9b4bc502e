package intake

import (
	"bytes"
	"compress/bzip2"
	"errors"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/xi2/xz"

	"weir/codecs/envelope"
	"weir/edge"
	"weir/edge/body"
	"weir/edge/formdata"
)

// maxWindow bounds what a compressed dump may make its decoder allocate, in bytes.
const maxWindow = 64 << 20

// maxBoundary bounds the boundary of a nested body, in bytes: the reader of forms holds several times as much. RFC 2046 allows 70.
const maxBoundary = 4 << 10

// unpack brings a dump into the form that is passed on. The body of a request is no nested form.
func (u *upload) unpack(dump *envelope.Item, isBody bool) fault {
	if boundary := nestedBoundary(dump.Payload); boundary != "" && !isBody {
		if len(boundary) > maxBoundary {
			return invalidMultipart("nested body: the boundary is too long")
		}
		if f := u.unnest(dump, boundary); f.is() {
			return f
		}
	}
	if f := u.decompress(dump); f.is() {
		return f
	}
	for _, suffix := range [...]string{".gz", ".xz", ".bz2", ".zst"} {
		if name, ok := strings.CutSuffix(dump.Filename, suffix); ok {
			dump.Filename = name
			break
		}
	}
	if !bytes.HasPrefix(dump.Payload, []byte("MDMP")) && !bytes.HasPrefix(dump.Payload, []byte("PMDM")) {
		return fault{reply: edge.BadRequest("invalid minidump"), reason: reasonMinidump}
	}
	dump.ContentType = envelope.ContentMinidump // whatever the part said
	return fault{}
}

// nestedBoundary returns the boundary of a multipart body within the dump, as old Electron sends it; empty if it is none. One that
// is longer than maxBoundary is cut.
func nestedBoundary(b []byte) string {
	b = bytes.TrimLeft(b, "\r\n")
	if len(b) < 3 || !bytes.HasPrefix(b, []byte("--")) {
		return ""
	}
	line := b[2:]
	if i := bytes.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	return string(line[:min(len(line), maxBoundary+1)])
}

// unnest replaces the dump by the one in its nested body.
func (u *upload) unnest(dump *envelope.Item, boundary string) fault {
	form := formdata.NewReader(bytes.NewReader(dump.Payload), boundary)
	for {
		p, err := form.Next()
		switch {
		case err == io.EOF:
			return fault{} // without a dump in it, it is the dump itself
		case err != nil:
			return invalidMultipart("nested body: " + err.Error())
		case p.Name == fieldMinidump:
			return u.replace(dump, p, invalidMultipart("nested body: the dump cannot be read"))
		}
	}
}

// replace fills the dump anew from a source; broken is what an unreadable source means.
func (u *upload) replace(dump *envelope.Item, r io.Reader, broken fault) fault {
	buf := u.buffer()
	if buf == nil {
		return noRoom()
	}
	err := buf.Fill(r, u.in.cfg.MaxAttachmentSize, 0)
	switch {
	case errors.Is(err, body.ErrTooLarge):
		return tooLargeItem("attachment:minidump")
	case errors.Is(err, body.ErrNoMemory):
		return noRoom()
	case err != nil:
		return broken
	}
	dump.Payload, dump.Length = buf.B, len(buf.B)
	return fault{}
}

// decompress unpacks a dump that is compressed by itself, whatever the content encoding was. What follows the first stream is left out.
func (u *upload) decompress(dump *envelope.Item) fault {
	broken := fault{reply: edge.BadRequest("invalid compression format"), reason: reasonCompression}
	var r io.Reader
	var err error
	switch b := dump.Payload; {
	case bytes.HasPrefix(b, []byte{0x1F, 0x8B}):
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(b)); err == nil {
			z.Multistream(false)
			r = z
		}
	case bytes.HasPrefix(b, []byte("\xFD7zXZ\x00")):
		var z *xz.Reader
		if z, err = xz.NewReader(bytes.NewReader(b), maxWindow); err == nil {
			z.Multistream(false)
			r = z
		}
	case bytes.HasPrefix(b, []byte("BZh")):
		r = &firstStream{bzip2.NewReader(bytes.NewReader(b))}
	case bytes.HasPrefix(b, []byte{0x28, 0xB5, 0x2F, 0xFD}):
		var z *zstd.Decoder
		if z, err = zstd.NewReader(bytes.NewReader(firstFrame(b)), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow)); err == nil {
			defer z.Close()
			r = z
		}
	default:
		return fault{}
	}
	if err != nil {
		return broken
	}
	return u.replace(dump, r, broken)
}

// firstStream ends where a decoder of bzip2 looks for another stream and finds none.
type firstStream struct{ io.Reader }

func (s *firstStream) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	var broken bzip2.StructuralError
	if errors.As(err, &broken) && strings.Contains(string(broken), "continuation file") {
		err = io.EOF
	}
	return n, err
}

// firstFrame cuts off what follows the first frame of zstd (RFC 8878, 3.1.1). What cannot be walked is left to the decoder.
func firstFrame(b []byte) []byte {
	var h zstd.Header
	if h.Decode(b[:min(len(b), zstd.HeaderMaxSize)]) != nil || h.Skippable {
		return b
	}
	for at := h.HeaderSize; at+3 <= len(b); {
		block := int(b[at]) | int(b[at+1])<<8 | int(b[at+2])<<16
		size := block >> 3
		if block>>1&3 == 1 { // one byte, repeated
			size = 1
		}
		if at += 3 + size; block&1 == 0 {
			continue
		}
		if h.HasCheckSum {
			at += 4
		}
		return b[:min(at, len(b))]
	}
	return b
}
