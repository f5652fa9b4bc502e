package normalize

import (
	"strings"

	"weir/codecs/event"
)

// stacktraces completes the frames of every stack trace but the raw ones (9.11).
func (r *run) stacktraces() {
	root := r.d.Root
	r.frames(root.Get("stacktrace"))
	for _, list := range [...]string{"exception", "threads"} {
		for _, m := range root.At(list, "values").Members() {
			r.frames(m.Value.Get("stacktrace"))
		}
	}
}

func (r *run) frames(stacktrace *event.Value) {
	for _, m := range stacktrace.Get("frames").Members() {
		if !m.Value.IsNull() {
			r.frame(m.Value)
		}
	}
}

func (r *run) frame(f *event.Value) {
	var path, name, line *event.Value
	hasContext := false
	for _, m := range f.Members() {
		switch m.Key {
		case "abs_path":
			path = m.Value
		case "filename":
			name = m.Value
		case "context_line":
			line = m.Value
		case "function", "symbol":
			if m.Value.Text() == "?" {
				m.Value.SetNull()
			}
		case "pre_context", "post_context":
			for _, item := range m.Value.Members() {
				if item.Value.IsNull() {
					item.Value.SetString("")
				}
			}
			hasContext = hasContext || !r.isEmpty(m.Value)
		}
	}
	if isBlank(path) {
		f.Delete("abs_path")
		if path = nil; name != nil {
			path = r.slot(f, "abs_path")
			tag := path.Tag()
			path.Take(name)
			path.SetTag(tag)
			f.Delete("filename")
			name = nil
		}
	}
	if isBlank(name) && !path.IsNull() {
		text := path.Text()
		if short, ok := pathOfURL(text); ok {
			text = short
		}
		filename := r.slot(f, "filename")
		filename.SetMeta(nil)
		filename.SetString(text)
	}
	if hasContext && line.IsNull() {
		r.slot(f, "context_line").SetString("")
	}
}

// pathOfURL returns the path of a source file's URL, if it has one.
func pathOfURL(s string) (string, bool) {
	if _, path, _, ok := plainURL(s); ok {
		return path, path != "/"
	}
	for _, scheme := range [...]string{"file:", "http:", "https:", "applewebdata:"} {
		if strings.HasPrefix(s, scheme) {
			u, ok := parseURL(s)
			return u.path, ok && u.path != "" && u.path != "/"
		}
	}
	return "", false
}
