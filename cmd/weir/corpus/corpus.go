package corpus

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed data
var data embed.FS

// Key and Project are those of the captured requests, Captured is their day.
const (
	Key     = "a94ae32be2584e0bbd7a4cbb95971fee"
	Project = 42
)

// Captured is the latest time in the captured requests, rounded up: the clock under which all of them are fresh.
var Captured = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// Request is one captured HTTP request.
type Request struct {
	Name    string // SDK/NNN-what
	SDK     string
	Method  string
	Path    string
	Query   string // raw, without ?
	Headers [][2]string
	Body    []byte // as sent, content encoding in place
}

// Target returns path and query.
func (r Request) Target() string {
	if r.Query == "" {
		return r.Path
	}
	return r.Path + "?" + r.Query
}

// Header returns the first value of a header, compared without case.
func (r Request) Header(name string) string {
	for _, h := range r.Headers {
		if strings.EqualFold(h[0], name) {
			return h[1]
		}
	}
	return ""
}

// All returns every request in the order of SDK and number.
var All = sync.OnceValue(func() []Request {
	var out []Request
	err := fs.WalkDir(data, "data", func(p string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(p, ".json") {
			return err
		}
		r, err := read(strings.TrimSuffix(p, ".json"))
		out = append(out, r)
		return err
	})
	if err != nil {
		panic("corpus: " + err.Error()) // the files are part of the binary; a test reads all of them
	}
	return out
})

func read(base string) (Request, error) {
	meta, err := data.ReadFile(base + ".json")
	if err != nil {
		return Request{}, err
	}
	name := strings.TrimPrefix(base, "data/")
	r := Request{Name: name, SDK: path.Dir(name)}
	if err := json.Unmarshal(meta, &r); err != nil {
		return r, fmt.Errorf("%s: %w", base, err)
	}
	r.Body, err = data.ReadFile(base + ".bin")
	return r, err
}

// Get returns the request with exactly this name.
func Get(name string) (Request, error) {
	for _, r := range All() {
		if r.Name == name {
			return r, nil
		}
	}
	return Request{}, fmt.Errorf("no captured request %q", name)
}
