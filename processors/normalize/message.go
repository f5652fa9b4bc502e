package normalize

import (
	"strings"

	"weir/codecs/event"
)

// message interpolates the parameters and keeps the template only if it says something else (9.7).
func (r *run) message() {
	entry := r.d.Root.Get("logentry")
	if entry.IsNull() || r.hasNothing(entry) {
		return
	}
	message, formatted := entry.Get("message"), entry.Get("formatted")
	if message.IsNull() && formatted.IsNull() {
		r.keepStruct(entry)
		r.d.AddError(entry, event.InvalidData, "no message present")
		return
	}
	if params := entry.Get("params"); !params.IsNull() && formatted.IsNull() && !message.IsNull() {
		if text, ok := interpolate(message.Text(), params); ok {
			v := r.slot(entry, "formatted")
			v.SetMeta(nil)
			v.SetString(r.d.Intern(text))
			message, formatted = entry.Get("message"), entry.Get("formatted")
		}
	}
	if formatted.IsNull() || !message.IsNull() && formatted.Text() == message.Text() {
		formatted = r.slot(entry, "formatted")
		message = r.slot(entry, "message")
		tag := formatted.Tag()
		formatted.Take(message)
		formatted.SetTag(tag)
		entry.Delete("message")
	}
}

// interpolate writes a message with its parameters; it fails when one is missing or has the wrong kind.
func interpolate(message string, params *event.Value) ([]byte, bool) {
	switch {
	case strings.IndexByte(message, '%') >= 0:
		return printf(message, params)
	case strings.IndexByte(message, '{') >= 0:
		return curly(message, params)
	}
	return nil, false
}
