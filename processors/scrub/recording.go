package scrub

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zlib"

	"weir/codecs/inflate"
	"weir/codecs/jsontext"
	"weir/processors/scrub/selector"
)

// ErrRecording is wrapped by every error about a replay recording that cannot be read.
var ErrRecording = errors.New("invalid replay recording")

// custom is the type of the recording's elements that hold texts of the SDK: breadcrumbs, network requests, spans.
const custom = 5

// Recording scrubs the body of a replay recording, `<header line>\n<body>`, with both configs (scrub 10). limit bounds the
// inflated body, in bytes. Without any config the payload is returned unread; else the body is a zlib stream afterwards.
func (c *Compiled) Recording(payload []byte, limit int) ([]byte, error) {
	if c.own == nil && len(c.passes) == 0 {
		return payload, nil
	}
	head, body, found := bytes.Cut(payload, []byte{'\n'})
	if !found || len(head) == 0 || len(body) == 0 {
		return nil, fmt.Errorf("%w: header or body is missing", ErrRecording)
	}
	plain, err := inflated(body, limit)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecording, err)
	}
	t := newTranscoder(plain, inPayload, c.passes...)
	defer t.release()
	if err := t.recording(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecording, err)
	}
	var out bytes.Buffer
	out.Grow(len(body) + len(head) + 64)
	out.Write(head)
	out.WriteByte('\n')
	w := deflaters.Get().(*zlib.Writer)
	defer deflaters.Put(w)
	w.Reset(&out)
	if _, err := w.Write(t.out); err != nil {
		return nil, fmt.Errorf("compress a replay recording: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress a replay recording: %w", err)
	}
	return out.Bytes(), nil
}

var deflaters = sync.Pool{New: func() any { return zlib.NewWriter(io.Discard) }}

// inflated returns the JSON of a body. What is larger than limit is cut, which the end of the JSON then misses.
func inflated(body []byte, limit int) ([]byte, error) {
	if body[0] == '[' {
		return body, nil
	}
	var d inflate.Decoder
	plain, err := d.Zlib(make([]byte, 0, min(4*len(body), limit)), body, limit)
	if errors.Is(err, inflate.ErrTooLarge) {
		return plain[:min(len(plain), limit)], nil
	}
	return plain, err
}

// recording copies a list of elements. Those of type 5 are scrubbed.
func (t *transcoder) recording() error {
	r := jsontext.NewReader(t.src, 0)
	if !r.Array() {
		return r.Err()
	}
	t.out = append(make([]byte, 0, len(t.src)), '[')
	for first := true; r.More(); first = false {
		raw := r.Value()
		if raw == nil {
			break
		}
		kind, err := elementType(raw)
		if err != nil {
			return err
		}
		if !first {
			t.out = append(t.out, ',')
		}
		if kind != custom {
			t.out = append(t.out, raw...)
			continue
		}
		t.i = r.Pos() - len(raw)
		t.value()
	}
	t.out = append(t.out, ']')
	return r.Err()
}

// elementType reads the type of an element.
func elementType(raw []byte) (uint64, error) {
	r := jsontext.NewReader(raw, 0)
	found := -1
	for ok := r.Object(); ok && r.More(); {
		isType := string(r.Key()) == "type"
		value := r.Value()
		if !isType {
			continue
		}
		n, ok := jsontext.Uint(value)
		if !ok || n > 255 {
			return 0, errors.New("an element's type is no number from 0 to 255")
		}
		found = int(n)
	}
	if err := r.Err(); err != nil {
		return 0, err
	}
	if found < 0 {
		return 0, errors.New("an element has no type")
	}
	return uint64(found), nil
}

// inPayload reports whether a path leads to what the SDK describes.
func inPayload(path []selector.Component) bool {
	return len(path) > 3 && path[1].Key == "data" && path[2].Key == "payload" && (path[3].Key == "description" || path[3].Key == "data")
}
