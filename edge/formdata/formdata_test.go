package formdata

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

// parts lists what a body has, in the form of the case file.
func parts(r io.Reader, boundary string) string {
	var out []string
	form := NewReader(r, boundary)
	for {
		p, err := form.Next()
		if err == io.EOF {
			return strings.Join(append(out, "end"), "\n")
		}
		if err == nil {
			var content []byte
			if content, err = io.ReadAll(p); err == nil {
				line := ""
				if p.HasName {
					line += fmt.Sprintf("name %q ", p.Name)
				}
				if p.HasFilename {
					line += fmt.Sprintf("filename %q ", p.Filename)
				}
				if p.ContentType != "" {
					line += fmt.Sprintf("type %q ", p.ContentType)
				}
				out = append(out, fmt.Sprintf("%scontent %q", line, content))
				continue
			}
		}
		return strings.Join(append(out, err.Error()), "\n")
	}
}

// TestCases reads testdata/cases.txt: a name behind "== ", the body as a Go string in quotes (lines are joined), a line of dashes, and what it has.
func TestCases(t *testing.T) {
	text, err := os.ReadFile("testdata/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	for c := range strings.SplitSeq(strings.TrimPrefix(string(text), "== "), "\n== ") {
		name, rest, _ := strings.Cut(c, "\n")
		quoted, want, ok := strings.Cut(rest, "----\n")
		if !ok {
			t.Fatalf("%s: no dashes", name)
		}
		var body string
		if _, err := fmt.Sscanf(`"`+strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(quoted, "\n"), `"`, `\"`), "\n", "")+`"`, "%q", &body); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want = strings.TrimSpace(want)
		if got := parts(strings.NewReader(body), "x"); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
		if got := parts(iotest.OneByteReader(strings.NewReader(body)), "x"); got != want {
			t.Errorf("%s, byte by byte:\n%s\nwant\n%s", name, got, want)
		}
	}
}

// Errors of the source come through, wherever they are.
func TestSourceErrors(t *testing.T) {
	broken := errors.New("broken")
	body := "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nvalue\r\n--x--"
	for n := range len(body) {
		if got := parts(io.MultiReader(strings.NewReader(body[:n]), iotest.ErrReader(broken)), "x"); !strings.HasSuffix(got, "broken") && n < len(body) {
			t.Errorf("after %d bytes: %q", n, got)
		}
	}
}

// A part that is not read is passed over; one that is over yields nothing more.
func TestUnread(t *testing.T) {
	content := strings.Repeat("0123456789\r\n--", 10_000)
	form := NewReader(strings.NewReader("--x\r\nA: b\r\n\r\n"+content+"\r\n--x\r\nContent-Disposition: a; name=b\r\n\r\nc\r\n--x--"), "x")
	first, err := form.Next()
	if err != nil {
		t.Fatal(err)
	}
	second, err := form.Next()
	if err != nil || second.Name != "b" {
		t.Fatal(second, err)
	}
	if b, err := io.ReadAll(first); len(b) > 0 || err != nil {
		t.Error(len(b), err)
	}
	if b, err := io.ReadAll(second); string(b) != "c" || err != nil {
		t.Error(string(b), err)
	}
}

// FuzzReader: a body ends, reads the same in pieces of whatever size, and its contents are parts of it.
func FuzzReader(f *testing.F) {
	text, err := os.ReadFile("testdata/cases.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(strings.ReplaceAll(strings.ReplaceAll(string(text), `\r`, "\r"), `\n`, "\n")))
	f.Add([]byte("--x\r\nContent-Disposition: form-data; name=\"a\"; filename=b\r\nContent-Type: c/d\r\n\r\ne\r\n--x\r\n\r\n\r\n--x--"))
	f.Fuzz(func(t *testing.T, body []byte) {
		whole := parts(strings.NewReader(string(body)), "x")
		if pieces := parts(iotest.HalfReader(strings.NewReader(string(body))), "x"); pieces != whole {
			t.Fatalf("%q:\n%s\nin pieces\n%s", body, whole, pieces)
		}
	})
}
