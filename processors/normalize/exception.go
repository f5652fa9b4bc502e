package normalize

import (
	"strings"
	"unicode"

	"weir/codecs/event"
)

// exceptions completes exceptions and their mechanisms (9.12).
func (r *run) exceptions() {
	root := r.d.Root
	list := root.At("exception", "values")
	if stacktrace := root.Get("stacktrace"); !stacktrace.IsNull() && list.Len() == 1 && !list.Index(0).IsNull() {
		own := r.slot(list.Index(0), "stacktrace")
		tag := own.Tag()
		own.Take(stacktrace)
		own.SetTag(tag)
		root.Delete("stacktrace")
	}
	hint := r.osHint()
	for _, m := range list.Members() {
		if !m.Value.IsNull() {
			r.exception(m.Value, hint)
		}
	}
}

func (r *run) exception(e *event.Value, hint string) {
	if isBlank(e.Get("type")) {
		if name, rest, ok := typePrefix(e.Get("value").Text()); ok {
			r.setString(e, "type", name)
			r.setString(e, "value", rest)
		}
	}
	if isBlank(e.Get("type")) && isBlank(e.Get("value")) {
		r.keepStruct(e)
		data := append(r.d.NewMembers(1), event.Member{Key: "attribute", Value: r.d.NewString("type or value")})
		r.d.MetaOf(e).AddError(event.Error{Kind: event.MissingAttribute, Data: data})
		return
	}
	mechanism := e.Get("mechanism")
	if mechanism.IsNull() {
		return
	}
	if link := mechanism.Get("help_link"); link.Kind() == event.String && !strings.HasPrefix(link.Text(), "http://") && !strings.HasPrefix(link.Text(), "https://") {
		r.d.SoftDelete(link)
		r.d.AddError(link, event.InvalidData, "expected http URL")
	}
	r.mechanismNames(mechanism.Get("meta"), hint)
}

// typePrefix splits `Word: rest` without line breaks.
func typePrefix(s string) (name, rest string, ok bool) {
	name, rest, ok = strings.Cut(s, ":")
	if !ok || name == "" || strings.IndexByte(rest, '\n') >= 0 || !isWord(name) {
		return "", "", false
	}
	return name, strings.TrimFunc(rest, unicode.IsSpace), true
}

// wordRune reports whether c is a word character in the sense of Unicode regular expressions.
func wordRune(c rune) bool {
	if c < 128 {
		return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
	}
	return unicode.In(c, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc, unicode.Other_Alphabetic, unicode.Join_Control)
}

// osHint names the operating system whose numbers the mechanisms have (9.12.5).
func (r *run) osHint() string {
	name, ok := r.d.Root.At("debug_meta", "sdk_info", "sdk_name").Str()
	if !ok {
		name = r.variantAt("os", "os").Get("name").Text()
	}
	switch strings.ToLower(name) {
	case "ios", "watchos", "tvos", "macos":
		return "darwin"
	case "linux", "android":
		return "linux"
	case "windows":
		return "windows"
	}
	return ""
}

func (r *run) mechanismNames(meta *event.Value, hint string) {
	if meta.IsNull() {
		return
	}
	if hint != "" {
		if errno := meta.Get("errno"); !errno.IsNull() {
			r.mechanismName(errno, "name", "errno", hint, errno.Get("number"), nil)
		}
	}
	if signal := meta.Get("signal"); !signal.IsNull() && (hint == "linux" || hint == "darwin") {
		r.mechanismName(signal, "name", "signal", hint, signal.Get("number"), nil)
		if hint == "darwin" && !signal.Get("code").IsNull() {
			r.mechanismName(signal, "code_name", "signal_code", hint, signal.Get("number"), signal.Get("code"))
		}
	}
	if mach := meta.Get("mach_exception"); !mach.IsNull() {
		r.mechanismName(mach, "name", "mach_exception", "any", mach.Get("exception"), nil)
	}
}

// mechanismName fills a null name from the table.
func (r *run) mechanismName(v *event.Value, field, kind, os string, number, code *event.Value) {
	n, ok := number.Int()
	if !ok || !v.Get(field).IsNull() {
		return
	}
	c, _ := code.Int()
	if name := theLists().mechanisms[mechanismKey{kind, os, n, c}]; name != "" {
		r.assign(v, field, name)
	}
}
