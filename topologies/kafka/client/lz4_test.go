package client

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/pierrec/lz4/v4"
	"github.com/twmb/franz-go/pkg/kgo"
)

func noise(n int) []byte {
	b, r := make([]byte, n), rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// Everybody reads what Compress writes, and it reads what others write.
func TestLZ4(t *testing.T) {
	text := []byte(strings.Repeat(`{"type":"event","n":12345},`, 20_000)) // 540 kB
	mixed := append(append(noise(lz4Block), text[:lz4Block]...), noise(100)...)
	for name, src := range map[string][]byte{"nothing": {}, "a byte": {7}, "text": text, "one block": text[:lz4Block], "one block and a byte": text[:lz4Block+1], "noise": noise(200_000), "mixed": mixed} {
		dst := bytes.NewBuffer(make([]byte, 0, 10))
		frame, codec := theLZ4.Compress(dst, src)
		if codec != kgo.CodecLz4 {
			t.Fatalf("%s: codec %v", name, codec)
		}
		got, err := theLZ4.Decompress(frame, kgo.CodecLz4)
		if err != nil || !bytes.Equal(got, src) {
			t.Errorf("%s: %d of %d bytes, %v", name, len(got), len(src), err)
		}
		if got, err = io.ReadAll(lz4.NewReader(bytes.NewReader(frame))); err != nil || !bytes.Equal(got, src) {
			t.Errorf("%s, the library's reader: %d of %d bytes, %v", name, len(got), len(src), err)
		}
		var theirs bytes.Buffer
		w := lz4.NewWriter(&theirs)
		_, _ = w.Write(src)
		_ = w.Close()
		if got, err = theLZ4.Decompress(theirs.Bytes(), kgo.CodecLz4); err != nil || !bytes.Equal(got, src) {
			t.Errorf("%s, the library's writer: %d of %d bytes, %v", name, len(got), len(src), err)
		}
		if _, err := theLZ4.Decompress(frame[:len(frame)-1], kgo.CodecLz4); err == nil {
			t.Errorf("%s: a cut frame was read", name)
		}
		if name == "text" && len(frame) > len(src)/10 {
			t.Errorf("%d bytes for a text of %d", len(frame), len(src))
		}
	}
	if got, err := theLZ4.Decompress([]byte("as it is"), kgo.CodecNone); err != nil || string(got) != "as it is" {
		t.Errorf("%q, %v", got, err)
	}
}

// A frame of blocks that are too small to be full ones takes no memory as if they were, nor does one of more than a batch may hold.
func TestLZ4TakesNoMoreMemory(t *testing.T) {
	zeros, _ := theLZ4.Compress(new(bytes.Buffer), make([]byte, lz4Block))
	full := zeros[len(lz4Header) : len(zeros)-4]
	for _, c := range []struct {
		name   string
		block  []byte
		blocks int
		want   int
		err    error
	}{
		{"small blocks, of 13 GB", []byte{1, 0, 0, 0x80, 'a'}, 200_000, 200_000, nil},
		{"1 GiB and a block", full, lz4Max/lz4Block + 1, 0, kgo.ErrMaxDecompress},
	} {
		frame := append([]byte(lz4Header), bytes.Repeat(c.block, c.blocks)...)
		frame = append(frame, 0, 0, 0, 0)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := theLZ4.Decompress(frame, kgo.CodecLz4)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, c.err) || len(got) != c.want || took > 64<<20 {
			t.Errorf("%s: %d bytes, %v, took %d", c.name, len(got), err, took)
		}
	}
}

// FuzzLZ4 holds that what is read without the library is what the library reads.
func FuzzLZ4(f *testing.F) {
	for _, s := range []string{"", "a", strings.Repeat("abc", 1000), string(noise(100))} {
		frame, _ := theLZ4.Compress(new(bytes.Buffer), []byte(s))
		f.Add(frame[len(lz4Header):])
	}
	f.Fuzz(func(t *testing.T, blocks []byte) {
		got, err := theLZ4.blocks(blocks)
		if err != nil {
			return
		}
		want, err := kgo.DefaultDecompressor().Decompress(append([]byte(lz4Header), blocks...), kgo.CodecLz4)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes, the library %d, %v", len(got), len(want), err)
		}
	})
}
