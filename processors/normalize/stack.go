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
	path, name := f.Get("abs_path"), f.Get("filename")
	if isBlank(path) {
		f.Delete("abs_path")
		if path = nil; name != nil {
			path = r.slot(f, "abs_path")
			tag := path.Tag()
			path.Take(f.Get("filename"))
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
	for _, key := range [...]string{"function", "symbol"} {
		if v := f.Get(key); v.Text() == "?" {
			v.SetNull()
		}
	}
	hasContext := false
	for _, key := range [...]string{"pre_context", "post_context"} {
		list := f.Get(key)
		for _, m := range list.Members() {
			if m.Value.IsNull() {
				m.Value.SetString("")
			}
		}
		hasContext = hasContext || list != nil && !r.isEmpty(list)
	}
	if hasContext {
		if line := r.slot(f, "context_line"); line.IsNull() {
			line.SetString("")
		}
	}
}

// pathOfURL returns the path of a source file's URL, if it has one.
func pathOfURL(s string) (string, bool) {
	for _, scheme := range [...]string{"file:", "http:", "https:", "applewebdata:"} {
		if strings.HasPrefix(s, scheme) {
			u, ok := parseURL(s)
			return u.path, ok && u.path != "" && u.path != "/"
		}
	}
	return "", false
}
