package casefile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"iter"
	"os"
	"strings"
	"testing"
)

// maxLine is the longest line of a file of lines, in bytes.
const maxLine = 16 << 20

// JSON reads a file into v, a pointer.
func JSON(t testing.TB, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// Lines yields the lines of a file, which is unpacked if its name ends in .gz. A line is valid until the next one.
func Lines(t testing.TB, path string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		t.Helper()
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var r io.Reader = f
		if strings.HasSuffix(path, ".gz") {
			if r, err = gzip.NewReader(f); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, maxLine)
		n := 0
		for ; lines.Scan(); n++ {
			if !yield(lines.Bytes()) {
				return
			}
		}
		if err := lines.Err(); err != nil || n == 0 {
			t.Fatalf("%s: %d lines, %v", path, n, err)
		}
	}
}

// Decode reads a line into v, a pointer. Numbers in values without a type stay as they are written (json.Number).
func Decode(t testing.TB, line []byte, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		t.Fatalf("%v: %.200s", err, line)
	}
}
