package body

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

var encoders = map[string]func(io.Writer) io.WriteCloser{
	"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
	"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
	"br":      func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
	"zstd": func(w io.Writer) io.WriteCloser {
		z, _ := zstd.NewWriter(w)
		return z
	},
}

func encode(t testing.TB, name string, data []byte) []byte {
	var b bytes.Buffer
	w := encoders[name](&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// read passes wire bytes through Wrap and Read as a request would.
func read(t testing.TB, name string, wire io.Reader, limit int64, budget *Budget) (string, error) {
	enc, ok := ParseEncoding(name)
	if !ok {
		t.Fatalf("encoding %q", name)
	}
	req := httptest.NewRequest("POST", "/", wire)
	req.Header.Set("Content-Encoding", name)
	rd := Wrap(req, enc)
	defer rd.Finish()
	buf, err := Read(req, limit, budget)
	if err != nil {
		return "", err
	}
	defer buf.Free()
	return string(buf.B), nil
}

// What follows the first stream is left out, except of zstd, whose frames belong together.
func TestBehindTheEnd(t *testing.T) {
	text := []byte(strings.Repeat("the same procedure as last year, ", 200))
	for name := range encoders {
		wire := encode(t, name, text)
		for what, tail := range map[string][]byte{"text": []byte("junk"), "zeros": make([]byte, 4), "another stream": wire} {
			for range 2 {
				got, err := read(t, name, io.MultiReader(bytes.NewReader(wire), bytes.NewReader(tail)), 1<<20, nil)
				switch {
				case name == "zstd" && what != "another stream":
					if !errors.Is(err, ErrUnreadable) {
						t.Errorf("%s, %s: %v", name, what, err)
					}
				case name == "zstd":
					if got != string(text)+string(text) || err != nil {
						t.Errorf("%s, %s: %d bytes, %v", name, what, len(got), err)
					}
				case got != string(text) || err != nil:
					t.Errorf("%s, %s: %d bytes, %v", name, what, len(got), err)
				}
			}
		}
	}
}

func TestDecode(t *testing.T) {
	text := []byte(strings.Repeat("the same procedure as last year, ", 5000))
	for range 3 { // pooled decoders must not remember anything
		for name := range encoders {
			wire := encode(t, name, text)
			got, err := read(t, name, bytes.NewReader(wire), int64(len(text)), nil)
			if err != nil || got != string(text) {
				t.Errorf("%s: %d bytes, %v", name, len(got), err)
			}
			if _, err := read(t, name, bytes.NewReader(wire), int64(len(text))-1, nil); !errors.Is(err, ErrTooLarge) {
				t.Errorf("%s one byte over the limit: %v", name, err)
			}
			if got, err := read(t, name, iotest.OneByteReader(bytes.NewReader(wire[:])), 1<<20, nil); err != nil || len(got) != len(text) {
				t.Errorf("%s byte by byte: %d bytes, %v", name, len(got), err)
			}
			for what, bad := range map[string][]byte{"truncated": wire[:len(wire)/2], "empty": nil, "garbage": []byte("hello hello hello")} {
				if _, err := read(t, name, bytes.NewReader(bad), 1<<20, nil); !errors.Is(err, ErrUnreadable) {
					t.Errorf("%s %s: %v", name, what, err)
				}
			}
		}
	}
}

func TestIdentity(t *testing.T) {
	for _, text := range []string{"", "x", strings.Repeat("x", 100_000)} {
		got, err := read(t, "identity", strings.NewReader(text), int64(len(text)), nil)
		if err != nil || got != text {
			t.Errorf("%d bytes: %d, %v", len(text), len(got), err)
		}
	}
	if _, err := read(t, "", strings.NewReader("four"), 3, nil); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	if _, err := read(t, "", iotest.ErrReader(io.ErrClosedPipe), 3, nil); !errors.Is(err, ErrUnreadable) {
		t.Error(err)
	}
	for _, name := range []string{"GZIP", "x-gzip", "gzip, br", "utf-8"} {
		if _, ok := ParseEncoding(name); ok {
			t.Errorf("%q is accepted", name)
		}
	}
}

// Bodies that are too long to be decoded in one go come out the same.
func TestDecodeLong(t *testing.T) {
	noise := make([]byte, 3<<20)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	for name := range encoders {
		wire := encode(t, name, noise)
		budget := NewBudget(32 << 20)
		// The reader hides the length, as a chunked request does.
		for _, src := range []io.Reader{bytes.NewReader(wire), struct{ io.Reader }{bytes.NewReader(wire)}} {
			if got, err := read(t, name, src, 4<<20, budget); err != nil || got != string(noise) {
				t.Errorf("%s: %d bytes, %v", name, len(got), err)
			}
		}
		if _, err := read(t, name, struct{ io.Reader }{bytes.NewReader(wire[:2<<20])}, 4<<20, budget); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s, cut: %v", name, err)
		}
		if _, err := read(t, name, bytes.NewReader(wire), 2<<20, budget); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s, over the limit: %v", name, err)
		}
		if budget.Used() != 0 {
			t.Errorf("%s: %d bytes stay in use", name, budget.Used())
		}
	}
}

// A bomb of 64 MiB must not be inflated beyond the limit, whatever the encoding.
func TestBomb(t *testing.T) {
	for name, newWriter := range encoders {
		var b bytes.Buffer
		w := newWriter(&b)
		zeros := make([]byte, 1<<20)
		for range 64 {
			if _, err := w.Write(zeros); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		budget := NewBudget(8 << 20)
		if _, err := read(t, name, bytes.NewReader(b.Bytes()), 1<<20, budget); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
		if budget.Used() != 0 {
			t.Errorf("%s: %d bytes stay in use", name, budget.Used())
		}
	}
}

func TestBudget(t *testing.T) {
	budget := NewBudget(600 << 10)
	big := strings.Repeat("x", 200<<10)
	if _, err := read(t, "", strings.NewReader(big), 1<<20, budget); err != nil || budget.Used() != 0 {
		t.Errorf("one body: %v, %d in use", err, budget.Used())
	}
	held := Get(budget)
	if held == nil || !held.Grow(400<<10) || held.Grow(500<<10) {
		t.Fatal("a buffer that does not keep to the budget")
	}
	if _, err := read(t, "", strings.NewReader(big), 1<<20, budget); !errors.Is(err, ErrNoMemory) {
		t.Errorf("over the budget: %v", err)
	}
	held.Free()
	if _, err := read(t, "", strings.NewReader(big), 1<<20, budget); err != nil || budget.Used() != 0 {
		t.Errorf("after Free: %v, %d in use", err, budget.Used())
	}
	if Get(NewBudget(1)) != nil {
		t.Error("a buffer without room")
	}
}

func TestDrain(t *testing.T) {
	req := httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", 3<<20)))
	rd := Wrap(req, Gzip)
	defer rd.Finish()
	if _, err := Read(req, 10, nil); !errors.Is(err, ErrUnreadable) {
		t.Fatal(err)
	}
	if rd.Drain(1) || !rd.Drain(4<<20) {
		t.Error("Drain does not tell whether the end was reached")
	}
}

func FuzzRead(f *testing.F) {
	names := []string{"identity", "gzip", "deflate", "br", "zstd"}
	for i, name := range names[1:] {
		f.Add(uint8(i+1), encode(f, name, []byte(`{"message":"hi"}`)), uint16(100))
	}
	f.Fuzz(func(t *testing.T, enc uint8, wire []byte, limit uint16) {
		got, err := read(t, names[int(enc)%len(names)], bytes.NewReader(wire), int64(limit), NewBudget(1<<20))
		if err == nil && len(got) > int(limit) {
			t.Fatalf("%d bytes for a limit of %d", len(got), limit)
		}
	})
}

func BenchmarkReadGzip(b *testing.B) {
	text := bytes.Repeat([]byte(`{"type":"error","filename":"/app/node_modules/express/lib/router/layer.js","lineno":95},`), 100)
	wire := encode(b, "gzip", text)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	src := bytes.NewReader(nil)
	req := httptest.NewRequest("POST", "/", src)
	for b.Loop() {
		src.Reset(wire)
		req.Body = io.NopCloser(src)
		rd := Wrap(req, Gzip)
		buf, err := Read(req, 1<<20, nil)
		if err != nil {
			b.Fatal(err)
		}
		buf.Free()
		rd.Finish()
	}
}

// Large bodies leave a quarter of the budget to small ones, and a declared length is not believed before the bytes are there.
func TestBudgetForSmallBodies(t *testing.T) {
	const max = 16 << 20
	budget := NewBudget(max)
	var held []*Buffer
	for {
		b := Get(budget)
		if b == nil || !b.Grow(2<<20) {
			b.Free()
			break
		}
		held = append(held, b)
	}
	if used := budget.Used(); used > max*3/4 || len(held) < 5 {
		t.Errorf("%d large buffers hold %d bytes", len(held), used)
	}
	if got, err := read(t, "", strings.NewReader(strings.Repeat("x", 500<<10)), 1<<20, budget); err != nil || len(got) != 500<<10 {
		t.Errorf("a small body: %v", err)
	}
	for _, b := range held {
		b.Free()
	}
	r, w := io.Pipe()
	done := make(chan error, 1)
	req := httptest.NewRequest("POST", "/", r)
	req.ContentLength = 10 << 20
	go func() {
		_, err := Read(req, 20<<20, budget)
		done <- err
	}()
	if _, err := w.Write(make([]byte, 2<<20)); err != nil {
		t.Fatal(err)
	}
	if used := budget.Used(); used > 7<<20 { // the old and the new memory while it grows
		t.Errorf("%d bytes are taken for 2 MiB", used)
	}
	_ = w.CloseWithError(io.ErrUnexpectedEOF)
	if err := <-done; !errors.Is(err, ErrUnreadable) || budget.Used() != 0 {
		t.Errorf("%v, %d bytes in use", err, budget.Used())
	}
}
