package record

import (
	"errors"
	"strings"
	"unsafe"

	"weir/codecs/event"
	"weir/codecs/jsontext"
)

// Kind says what a member is.
type Kind uint8

// The kinds.
const (
	Span Kind = iota
	Log
	Metric
)

// The content types of containers (items 3.1); they compare without case.
const (
	ContentSpan   = "application/vnd.sentry.items.span.v2+json"
	ContentLog    = "application/vnd.sentry.items.log+json"
	ContentMetric = "application/vnd.sentry.items.trace-metric+json"
)

var contentTypes = [...]string{Span: ContentSpan, Log: ContentLog, Metric: ContentMetric}

var (
	// ErrJSON says that an item is no container of its kind: outcome reason invalid_json.
	ErrJSON = errors.New("invalid container")
	// ErrTooLarge says that reading the container would take too many operations: outcome reason request_too_large.
	ErrTooLarge = errors.New("container with too many values")
)

// Settings are what a container allows the first relay to add.
type Settings struct{ InferIP, InferAgent bool }

// Member is one element of a container.
type Member struct {
	Value *event.Value // an object
	// ByteSize is what the sender says about the size, 0: nothing. Only trusted relays are believed.
	ByteSize uint64
}

// Container is a parsed container. Doc owns the members.
type Container struct {
	Doc      *event.Doc
	Members  []Member
	Settings Settings
}

// IsContainer reports whether a content type is that of containers of the kind.
func (k Kind) IsContainer(contentType string) bool {
	return strings.EqualFold(contentType, contentTypes[k])
}

// ParseContainer reads the payload of a container item of which the header tells the number of members. At most budget values and keys are
// read; what follows the object is ignored. The error is ErrJSON or ErrTooLarge. The payload must not change while the document lives.
func ParseContainer(k Kind, contentType string, count *uint32, payload []byte, budget int) (Container, error) {
	if !k.IsContainer(contentType) || count == nil {
		return Container{}, ErrJSON
	}
	var items, version, settings []byte
	has := [3]bool{}
	r := jsontext.NewReader(payload, 0)
	for ok := r.Object(); ok && r.More(); {
		key, raw := r.Key(), r.Value()
		if raw == nil {
			break
		}
		at, to := -1, (*[]byte)(nil)
		switch string(key) {
		case "items":
			at, to = 0, &items
		case "version":
			at, to = 1, &version
		case "ingest_settings":
			at, to = 2, &settings
		default:
			continue
		}
		if has[at] {
			if at == 0 {
				return Container{}, ErrJSON
			}
			raw = []byte("{") // no metadata at all is usable
		}
		has[at], *to = true, raw
	}
	if r.Err() != nil || !has[0] {
		return Container{}, ErrJSON
	}
	if len(items) > budget && operations(items) > budget {
		return Container{}, ErrTooLarge
	}
	d := event.New()
	list, err := d.ParseText(unsafe.String(unsafe.SliceData(items), len(items)))
	if err != nil || list.Kind() != event.Array || uint64(list.Len()) != uint64(*count) {
		d.Release()
		return Container{}, ErrJSON
	}
	c := Container{Doc: d, Members: make([]Member, list.Len()), Settings: k.settings(version, settings)}
	for i, m := range list.Members() {
		if c.Members[i], err = k.member(m.Value); err != nil {
			d.Release()
			return Container{}, err
		}
	}
	return c, nil
}

// member takes the header off an element.
func (k Kind) member(v *event.Value) (Member, error) {
	if v.Kind() != event.Object {
		return Member{}, ErrJSON
	}
	m := Member{Value: v}
	if i := v.Find("__header"); i >= 0 {
		h := v.Members()[i].Value
		v.RemoveAt(i)
		if h.Kind() != event.Object && !h.IsNull() {
			return Member{}, ErrJSON
		}
		for _, x := range h.Members() {
			switch known := x.Key == "byte_size" && k != Span; {
			case known && !x.Value.IsNull():
				var ok bool
				if m.ByteSize, ok = x.Value.Uint(); !ok {
					return Member{}, ErrJSON
				}
			case !known && x.Value.IsNull(): // what nobody knows may be anything but null
				return Member{}, ErrJSON
			}
		}
	}
	return m, nil
}

// operations counts keys and values from above, without decoding them.
func operations(b []byte) (n int) {
	text := false
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			if text {
				i++
			}
		case '"':
			text = !text
		case ',', ':', '[', '{':
			if !text {
				n++
			}
		}
	}
	return n
}

// settings reads the metadata of the container (items 3.1); what is unusable turns both off.
func (k Kind) settings(version, settings []byte) Settings {
	n, hasVersion := uint64(0), version != nil && !jsontext.IsNull(version)
	if hasVersion {
		var ok bool
		if n, ok = jsontext.Uint(version); !ok || n > 1<<16-1 {
			return Settings{}
		}
	}
	var s Settings
	if settings != nil && !jsontext.IsNull(settings) {
		var ok bool
		if s, ok = readSettings(settings); !ok {
			return Settings{}
		}
	}
	switch {
	case hasVersion && n == 2:
		return s
	case k == Log && (!hasVersion || n == 1):
		return Settings{InferAgent: true}
	}
	return Settings{}
}

var settingNames = []string{"infer_ip", "infer_user_agent"}

// readSettings reads settings by name, or in order from a list.
func readSettings(text []byte) (s Settings, ok bool) {
	to := [...]*bool{&s.InferIP, &s.InferAgent}
	_, ok = jsontext.Fields(text, settingNames, func(i int, value []byte) bool {
		mode, _ := jsontext.Text(value)
		*to[i] = string(mode) == "auto"
		return true
	})
	return s, ok
}
