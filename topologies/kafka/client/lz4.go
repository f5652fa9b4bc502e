package client

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"sync"

	"github.com/pierrec/lz4/v4"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Producers write LZ4 frames of independent blocks of 64 kB, as Kafka's own clients do. A broker unpacks every batch to check it, LZ4 in buffers
// that it uses again and Snappy in new ones: at 500 events a second it makes 8 MB of garbage a second instead of 24, and its collections, for
// which all acknowledgements wait, become as much rarer. The library's LZ4 has blocks of 4 MB, and memory for them.
const (
	lz4Header = "\x04\x22\x4d\x18\x60\x40\x82" // magic; version 1, independent blocks, no checksums (a batch has its own); 64 kB; check of these
	lz4Block  = 64 << 10
	lz4Plain  = 1 << 31 // of a block's length: it is not compressed
	lz4Max    = 1 << 30 // of a batch, unpacked; the library's default for a client. What the library unpacks for this codec it bounds at 2 GiB
)

// lz4Codec compresses what producers write, and reads such frames into memory of their size.
type lz4Codec struct {
	others  kgo.Decompressor
	scratch sync.Pool // of *[lz4Block]byte
}

var theLZ4 = &lz4Codec{others: kgo.DefaultDecompressor(), scratch: sync.Pool{New: func() any { return new([lz4Block]byte) }}}

// Compress implements kgo.Compressor.
func (*lz4Codec) Compress(dst *bytes.Buffer, src []byte, _ ...kgo.CompressFlag) ([]byte, kgo.CompressionCodecType) {
	dst.Grow(len(lz4Header) + len(src) + 4*(len(src)/lz4Block+2))
	out := append(dst.AvailableBuffer(), lz4Header...)
	for block := range slices.Chunk(src, lz4Block) {
		out = append(out, 0, 0, 0, 0)
		at := len(out)
		n, err := lz4.CompressBlock(block, out[at:at+len(block)], nil)
		if err != nil || n == 0 || n >= len(block) {
			n = copy(out[at:at+len(block)], block)
			binary.LittleEndian.PutUint32(out[at-4:], uint32(n)|lz4Plain)
		} else {
			binary.LittleEndian.PutUint32(out[at-4:], uint32(n))
		}
		out = out[:at+n]
	}
	return append(out, 0, 0, 0, 0), kgo.CodecLz4
}

// Decompress implements kgo.Decompressor.
func (c *lz4Codec) Decompress(src []byte, codec kgo.CompressionCodecType) ([]byte, error) {
	if codec == kgo.CodecLz4 && bytes.HasPrefix(src, []byte(lz4Header)) {
		if out, err := c.blocks(src[len(lz4Header):]); !errors.Is(err, errOtherLZ4) {
			return out, err
		}
	}
	return c.others.Decompress(src, codec)
}

// errOtherLZ4 says that a frame is one for the library.
var errOtherLZ4 = errors.New("not a frame of full blocks")

// blocks reads the blocks of a frame of which only the last one may be smaller than 64 kB, and behind which nothing follows: their number, and
// the last one, tell how much memory they need.
func (c *lz4Codec) blocks(src []byte) (out []byte, err error) {
	full, last := 0, []byte(nil)
	for rest := src; ; full++ {
		block, next, ok := cutLZ4(rest)
		if !ok {
			return nil, errOtherLZ4
		}
		if block == nil {
			full = max(full-1, 0)
			break
		}
		if last != nil && !fullLZ4(last) {
			return nil, errOtherLZ4
		}
		last, rest = block, next
	}
	if last == nil {
		return nil, nil
	}
	scratch := c.scratch.Get().(*[lz4Block]byte)
	defer c.scratch.Put(scratch)
	end, ok := fillLZ4(scratch[:], last)
	if !ok {
		return nil, errOtherLZ4
	}
	if full > (lz4Max-end)/lz4Block {
		return nil, kgo.ErrMaxDecompress
	}
	out = make([]byte, full*lz4Block+end)
	for i := range full {
		block, next, _ := cutLZ4(src)
		if n, ok := fillLZ4(out[i*lz4Block:(i+1)*lz4Block], block); !ok || n != lz4Block {
			return nil, errOtherLZ4
		}
		src = next
	}
	copy(out[full*lz4Block:], scratch[:end])
	return out, nil
}

// fullLZ4 says that there can be 64 kB in a block, with its length: a byte of it stands for 255 at most. So nobody makes a reader ask for
// more memory than 255 times what it was sent, nor than lz4Max.
func fullLZ4(block []byte) bool { return 255*(len(block)-4) >= lz4Block }

// cutLZ4 cuts the first block, with its length, off; it is nil for the mark at the end.
func cutLZ4(src []byte) (block, rest []byte, ok bool) {
	if len(src) < 4 {
		return nil, nil, false
	}
	length := binary.LittleEndian.Uint32(src)
	if length == 0 {
		return nil, nil, len(src) == 4
	}
	n := int(length &^ lz4Plain)
	if n == 0 || n > len(src)-4 {
		return nil, nil, false
	}
	return src[:4+n], src[4+n:], true
}

// fillLZ4 writes what is in a block to dst, which has room for 64 kB.
func fillLZ4(dst, block []byte) (n int, ok bool) {
	length, block := binary.LittleEndian.Uint32(block), block[4:]
	if length&lz4Plain != 0 {
		return copy(dst, block), len(block) <= len(dst)
	}
	n, err := lz4.UncompressBlock(block, dst)
	return n, err == nil
}

// Compression are the options of a client that compresses with a codec of the library instead.
func Compression(codec kgo.CompressionCodec) []kgo.Opt {
	return []kgo.Opt{kgo.WithCompressor(nil), kgo.ProducerBatchCompression(codec)}
}
