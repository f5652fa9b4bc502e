package casefile

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"
)

// failing is a test that notes that it has failed, and ends its goroutine like a real one.
type failing struct {
	testing.TB
	ended bool
}

func (f *failing) Helper()               {}
func (f *failing) Fatal(...any)          { f.ended = true; panic(f) }
func (f *failing) Fatalf(string, ...any) { f.ended = true; panic(f) }

// fails reports whether what is done with a test ends it.
func fails(t *testing.T, do func(testing.TB)) bool {
	f := &failing{TB: t}
	func() {
		defer func() {
			if p := recover(); p != nil && p != any(f) {
				panic(p)
			}
		}()
		do(f)
	}()
	return f.ended
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	plain, packed, broken, empty := filepath.Join(dir, "a.jsonl"), filepath.Join(dir, "a.jsonl.gz"), filepath.Join(dir, "b.gz"), filepath.Join(dir, "empty")
	const text = "{\"a\":1}\n{\"a\":18446744073709551615}\n"
	for path, content := range map[string]string{plain: text, broken: text, empty: ""} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Create(packed)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	if _, err := z.Write([]byte(text)); err != nil || z.Close() != nil || f.Close() != nil {
		t.Fatal(err)
	}
	for _, path := range []string{plain, packed} {
		var got []string
		for line := range Lines(t, path) {
			var v struct{ A any }
			Decode(t, line, &v)
			got = append(got, v.A.(interface{ String() string }).String())
		}
		if len(got) != 2 || got[0] != "1" || got[1] != "18446744073709551615" {
			t.Errorf("%s: %v", path, got)
		}
	}
	for name, do := range map[string]func(testing.TB){
		"no file":        func(t testing.TB) { JSON(t, filepath.Join(dir, "missing"), new(any)) },
		"no JSON":        func(t testing.TB) { JSON(t, plain, new(any)) },
		"no gzip":        func(t testing.TB) { Lines(t, broken)(func([]byte) bool { return true }) },
		"no lines":       func(t testing.TB) { Lines(t, empty)(func([]byte) bool { return true }) },
		"no JSON either": func(t testing.TB) { Decode(t, []byte("{"), new(any)) },
	} {
		if !fails(t, do) {
			t.Errorf("%s: the test goes on", name)
		}
	}
}
