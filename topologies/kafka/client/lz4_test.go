package client

import (
	"bytes"
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
		if len(frame) > 0 {
			if _, err := theLZ4.Decompress(frame[:len(frame)-1], kgo.CodecLz4); err == nil {
				t.Errorf("%s: a cut frame was read", name)
			}
		}
		if name == "text" && len(frame) > len(src)/10 {
			t.Errorf("%d bytes for a text of %d", len(frame), len(src))
		}
	}
	if got, err := theLZ4.Decompress([]byte("as it is"), kgo.CodecNone); err != nil || string(got) != "as it is" {
		t.Errorf("%q, %v", got, err)
	}
}

// A frame of blocks that are too small to be full ones takes no memory as if they were.
func TestLZ4SmallBlocks(t *testing.T) {
	frame := append([]byte(lz4Header), bytes.Repeat([]byte{1, 0, 0, 0x80, 'a'}, 200_000)...) // of 13 GB
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := theLZ4.Decompress(append(frame, 0, 0, 0, 0), kgo.CodecLz4)
	runtime.ReadMemStats(&after)
	if err != nil || len(got) != 200_000 || after.TotalAlloc-before.TotalAlloc > 1<<30 {
		t.Errorf("%d bytes, %v, took %d", len(got), err, after.TotalAlloc-before.TotalAlloc)
	}
}

// FuzzLZ4 holds that what is read without the library is what the library reads.
func FuzzLZ4(f *testing.F) {
	for _, s := range []string{"", "a", strings.Repeat("abc", 1000), string(noise(100))} {
		frame, _ := theLZ4.Compress(new(bytes.Buffer), []byte(s))
		f.Add(frame[len(lz4Header):])
	}
	f.Fuzz(func(t *testing.T, blocks []byte) {
		got, ok := theLZ4.blocks(blocks)
		if !ok {
			return
		}
		want, err := kgo.DefaultDecompressor().Decompress(append([]byte(lz4Header), blocks...), kgo.CodecLz4)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes, the library %d, %v", len(got), len(want), err)
		}
	})
}
