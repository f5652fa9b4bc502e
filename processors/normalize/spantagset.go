package normalize

import (
	"strconv"

	"weir/codecs/event"
)

// tagSet collects the sentry_tags of a span by field of the schema; unset ones are absent.
type tagSet struct {
	st    *structure
	texts [maxSpanTags]string
	has   [maxSpanTags]bool
}

// maxSpanTags is at least the number of fields of SentryTags; a test holds that.
const maxSpanTags = 96

func (t *tagSet) set(name, text string) {
	f, _ := t.st.keys.find(name)
	t.texts[f], t.has[f] = text, true
}

func (t *tagSet) unset(name string) {
	f, _ := t.st.keys.find(name)
	t.has[f] = false
}

// copy sets name to the text of v, if it is one.
func (t *tagSet) copy(name string, v *event.Value) {
	if s, ok := v.Str(); ok {
		t.set(name, s)
	}
}

func (t *tagSet) get(name string) (string, bool) {
	f, _ := t.st.keys.find(name)
	return t.texts[f], t.has[f]
}

// copyScalar sets name to a text, or to the JSON text of another scalar.
func (t *tagSet) copyScalar(name string, v *event.Value) {
	if text, ok := scalarText(v); ok {
		t.set(name, text)
	}
}

func scalarText(v *event.Value) (string, bool) {
	if s, ok := v.NumberText(); ok {
		return s, true
	}
	if b, ok := v.Bool(); ok {
		return strconv.FormatBool(b), true
	}
	return v.Str()
}
