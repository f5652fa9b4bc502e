package intake

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"weir/codecs/envelope"
)

func TestFirstFrame(t *testing.T) {
	for name, data := range map[string]string{"nothing": "", "short": "MDMP", "repeated": strings.Repeat("x", 1<<20), "text": strings.Repeat("a text that compresses, ", 20_000)} {
		for _, checksum := range []bool{true, false} {
			z, err := zstd.NewWriter(nil, zstd.WithEncoderCRC(checksum), zstd.WithZeroFrames(true))
			if err != nil {
				t.Fatal(err)
			}
			frame := z.EncodeAll([]byte(data), nil)
			for _, tail := range [][]byte{nil, []byte("junk"), frame} {
				if got := firstFrame(slices.Concat(frame, tail)); !bytes.Equal(got, frame) {
					t.Errorf("%s, %d bytes behind: %d bytes, want %d", name, len(tail), len(got), len(frame))
				}
			}
			for n := range min(len(frame), 50) {
				if got := firstFrame(frame[:n]); len(got) != n {
					t.Errorf("%s: %d bytes of %d", name, len(got), n)
				}
			}
		}
	}
}

func TestDecodeBase64(t *testing.T) {
	for in, want := range map[string]string{"e30=": "{}", "e30=e30=": "{}{}", "YWJj": "abc", "YQ==YWJj": "aabc", "": "", "e30": "-", "e30==": "-", "====": "-", "e30=\n": "-", "e3 0": "-", "e3-_": "-", "e30=e3": "-"} {
		got, err := decodeBase64(nil, []byte(in))
		if err != nil {
			got = []byte("-")
		}
		if string(got) != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// A dump that is one long line makes no reader of forms that holds it several times.
func TestLongNestedBoundary(t *testing.T) {
	for _, c := range []struct {
		length int
		cause  string
	}{{maxBoundary, "nested body: incomplete multipart stream"}, {maxBoundary + 1, "nested body: the boundary is too long"}, {1 << 20, "nested body: the boundary is too long"}} {
		u := upload{in: &Intake{cfg: DefaultConfig()}}
		f := u.unpack(&envelope.Item{Payload: []byte("--" + strings.Repeat("x", c.length) + "\r\n")}, false)
		if f.reason != reasonMultipart || !slices.Equal(f.reply.Causes, []string{c.cause}) {
			t.Errorf("%d bytes: %s %q", c.length, f.reason, f.reply.Causes)
		}
		u.free()
	}
}
