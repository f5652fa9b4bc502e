package project

import (
	"strconv"
	"time"

	"weir/codecs/jsontext"
)

// writer appends the members of nested objects, with commas where they belong.
type writer struct{ b []byte }

func (w *writer) open()  { w.b = append(w.b, '{') }
func (w *writer) close() { w.b = append(w.b, '}') }

func (w *writer) key(name string) {
	if w.b[len(w.b)-1] != '{' {
		w.b = append(w.b, ',')
	}
	w.b = jsontext.AppendString(w.b, name)
	w.b = append(w.b, ':')
}

func (w *writer) raw(name string, value []byte) {
	w.key(name)
	w.b = jsontext.AppendLine(w.b, value)
}

// optional writes a member that is there.
func (w *writer) optional(name string, value []byte) {
	if value != nil {
		w.raw(name, value)
	}
}

func (w *writer) null(name string) { w.raw(name, []byte("null")) }

func (w *writer) text(name, value string) {
	w.key(name)
	w.b = jsontext.AppendString(w.b, value)
}

func (w *writer) uint(name string, n uint64) {
	w.key(name)
	w.b = strconv.AppendUint(w.b, n, 10)
}

func (w *writer) boolean(name string, v bool) {
	w.key(name)
	w.b = strconv.AppendBool(w.b, v)
}

func (w *writer) object(name string) {
	w.key(name)
	w.open()
}

func (w *writer) texts(name string, list []string) {
	w.key(name)
	w.b = append(w.b, '[')
	for i, s := range list {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.b = jsontext.AppendString(w.b, s)
	}
	w.b = append(w.b, ']')
}

// list writes an array whose elements the callback appends.
func (w *writer) list(name string, n int, element func(w *writer, i int)) {
	w.key(name)
	w.b = append(w.b, '[')
	for i := range n {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		element(w, i)
	}
	w.b = append(w.b, ']')
}

// on writes a switch that is on.
func (w *writer) on(name string, v bool) {
	if v {
		w.boolean(name, true)
	}
}

func (w *writer) uintOrNull(name string, n uint64, ok bool) {
	if ok {
		w.uint(name, n)
	} else {
		w.null(name)
	}
}

func (w *writer) textOrNull(name, value string, ok bool) {
	if ok {
		w.text(name, value)
	} else {
		w.null(name)
	}
}

func (w *writer) timeOrNull(name string, t time.Time) {
	if t.IsZero() {
		w.null(name)
	} else {
		w.text(name, jsontext.TimeText(t))
	}
}
