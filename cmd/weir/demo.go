package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"

	"weir/cmd/weir/corpus"
)

// plainBody is a captured request with its content encoding removed.
type plainBody struct{ body []byte }

func demoRequest(name string) (plainBody, error) {
	r, err := corpus.Get(name)
	if err != nil {
		return plainBody{}, err
	}
	if r.Header("Content-Encoding") != "gzip" {
		return plainBody{r.Body}, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(r.Body))
	if err != nil {
		return plainBody{}, fmt.Errorf("%s: %w", name, err)
	}
	b, err := io.ReadAll(z)
	return plainBody{b}, err
}
