package inflate

import (
	"bytes"
	stdflate "compress/flate"
	stdgzip "compress/gzip"
	stdzlib "compress/zlib"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// samples are texts of all kinds, with an error of @sentry/node 11.12.0 among them.
func samples(t testing.TB) map[string][]byte {
	event, err := os.ReadFile("testdata/event.bin")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	skewed := make([]byte, 100_000)
	for i := range skewed {
		skewed[i] = byte(r.ExpFloat64() * 10)
	}
	return map[string][]byte{
		"empty": {}, "one byte": {7}, "event": event, "many events": bytes.Repeat(event, 30), "noise": noise, "skewed": skewed,
		"zeros": make([]byte, 1<<20), "short period": bytes.Repeat([]byte("abc"), 50_000), "long period": bytes.Repeat(noise[:33_000], 4),
	}
}

func deflate(t testing.TB, data []byte, level int) []byte {
	var b bytes.Buffer
	w, err := stdflate.NewWriter(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	var d Decoder
	for name, data := range samples(t) {
		for level := stdflate.HuffmanOnly; level <= stdflate.BestCompression; level++ {
			wire := deflate(t, data, level)
			tail := append(bytes.Clone(wire), "tail"...)
			got, n, err := d.Append([]byte("head"), tail, len(data))
			if err != nil || n != len(wire) || string(got[:4]) != "head" || !bytes.Equal(got[4:], data) {
				t.Fatalf("%s, level %d: %d bytes, %d read, %v", name, level, len(got), n, err)
			}
			if len(data) > 0 {
				if _, _, err := d.Append(nil, wire, len(data)-1); !errors.Is(err, ErrTooLarge) {
					t.Errorf("%s, level %d, one byte over the limit: %v", name, level, err)
				}
			}
			for _, cut := range []int{0, 1, len(wire) / 2, len(wire) - 1} {
				if got, _, err := d.Append(nil, wire[:cut], len(data)); err == nil {
					t.Errorf("%s, level %d, cut at %d: %d bytes and no error", name, level, cut, len(got))
				}
			}
		}
	}
}

func TestContainers(t *testing.T) {
	var d Decoder
	data := samples(t)["event"]
	var g, z bytes.Buffer
	gw := stdgzip.NewWriter(&g)
	gw.Name, gw.Comment, gw.Extra = "name", "comment", []byte("extra")
	_, _ = gw.Write(data)
	_ = gw.Close()
	zw := stdzlib.NewWriter(&z)
	_, _ = zw.Write(data)
	_ = zw.Close()
	two := append(bytes.Clone(g.Bytes()), g.Bytes()...)
	if got, err := d.Gzip(nil, two, len(data)); err != nil || !bytes.Equal(got, data) {
		t.Errorf("two members: %d bytes, %v", len(got), err)
	}
	if _, err := d.Gzip(nil, two, len(data)-1); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	if GzipSize(g.Bytes()) != len(data) || GzipSize(nil) != 0 {
		t.Error("size")
	}
	if got, err := d.Zlib(nil, z.Bytes(), len(data)); err != nil || !bytes.Equal(got, data) {
		t.Errorf("zlib: %d bytes, %v", len(got), err)
	}
	for name, bad := range map[string][]byte{"no trailer": g.Bytes()[:g.Len()-8], "header": g.Bytes()[:20], "empty": nil} {
		if _, err := d.Gzip(nil, bad, 1<<20); err == nil {
			t.Errorf("gzip, %s: no error", name)
		}
	}
	for i := range g.Len() {
		bad := bytes.Clone(g.Bytes())
		bad[i] ^= 0x10
		r, err := stdgzip.NewReader(bytes.NewReader(bad))
		var want []byte
		if err == nil {
			r.Multistream(false)
			want, err = io.ReadAll(r)
		}
		got, gotErr := d.Gzip(nil, bad, 1<<20)
		if (err == nil) != (gotErr == nil) || err == nil && !bytes.Equal(got, want) {
			t.Fatalf("byte %d changed: %v, the standard library says %v", i, gotErr, err)
		}
	}
	sum := bytes.Clone(z.Bytes())
	sum[len(sum)-1]++
	for name, bad := range map[string][]byte{"checksum": sum, "dictionary": {0x78, 0xBB, 1, 2, 3, 4}, "method": {0x79, 0x9C}, "empty": nil} {
		if _, err := d.Zlib(nil, bad, 1<<20); err == nil {
			t.Errorf("zlib, %s: no error", name)
		}
	}
}

func TestGrow(t *testing.T) {
	data := samples(t)["many events"]
	wire := deflate(t, data, 6)
	d := Decoder{Grow: func(b []byte, n int) []byte { return b }}
	if _, _, err := d.Append(make([]byte, 0, 1000), wire, len(data)); !errors.Is(err, ErrNoRoom) {
		t.Error(err)
	}
	calls := 0
	d.Grow = func(b []byte, n int) []byte {
		calls++
		return append(make([]byte, 0, 2*cap(b)+n), b...)
	}
	if got, _, err := d.Append(nil, wire, len(data)); err != nil || !bytes.Equal(got, data) || calls == 0 || calls > 30 {
		t.Errorf("%d bytes, %d calls, %v", len(got), calls, err)
	}
}

// FuzzAppend compares with the standard library.
func FuzzAppend(f *testing.F) {
	for _, data := range samples(f) {
		if len(data) < 20_000 {
			for _, level := range []int{stdflate.HuffmanOnly, 0, 1, 6, 9} {
				f.Add(deflate(f, data, level))
			}
		}
	}
	var d Decoder
	f.Fuzz(func(t *testing.T, wire []byte) {
		const limit = 1 << 20
		got, n, err := d.Append(nil, wire, limit)
		src := bytes.NewReader(wire)
		want, wantErr := io.ReadAll(io.LimitReader(stdflate.NewReader(src), limit+1))
		switch {
		case len(want) > limit:
			if !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrCorrupt) {
				t.Fatalf("more than the limit: %v", err)
			}
		case (err == nil) != (wantErr == nil):
			t.Fatalf("%v, the standard library says %v", err, wantErr)
		case err == nil && (!bytes.Equal(got, want) || n != len(wire)-src.Len()):
			t.Fatalf("%d bytes of %d, want %d bytes of %d", len(got), n, len(want), len(wire)-src.Len())
		}
	})
}

func BenchmarkGzip(b *testing.B) {
	data := samples(b)["event"]
	var wire bytes.Buffer
	w := gzip.NewWriter(&wire)
	_, _ = w.Write(data)
	_ = w.Close()
	b.Run("weir", func(b *testing.B) {
		var d Decoder
		dst := make([]byte, 0, 16<<10)
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := d.Gzip(dst, wire.Bytes(), 1<<20); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("stream", func(b *testing.B) {
		var r gzip.Reader
		src := bytes.NewReader(nil)
		dst := make([]byte, 16<<10)
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			src.Reset(wire.Bytes())
			if err := r.Reset(src); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(&r, dst[:len(data)]); err != nil {
				b.Fatal(err)
			}
			if _, err := r.Read(dst); err != io.EOF {
				b.Fatal(err)
			}
		}
	})
}
