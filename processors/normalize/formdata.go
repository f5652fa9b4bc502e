package normalize

import (
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"weir/codecs/event"
)

// maxFormDepth is the number of path levels that a form field may have.
const maxFormDepth = 15

// form is an event under construction. Objects with many keys have an index, so that building takes linear time.
type form struct {
	d      *event.Doc
	chunks map[int]string
	index  map[*event.Value]map[string]int
}

// manyFields is the size from which an object gets an index.
const manyFields = 32

func (f *form) find(v *event.Value, key string) int {
	if v.Len() < manyFields {
		return v.Find(key)
	}
	keys := f.index[v]
	if keys == nil {
		keys = make(map[string]int, 2*v.Len())
		for i, m := range v.Members() {
			keys[m.Key] = i
		}
		if f.index == nil {
			f.index = make(map[*event.Value]map[string]int)
		}
		f.index[v] = keys
	}
	if i, ok := keys[key]; ok {
		return i
	}
	return -1
}

func (f *form) get(v *event.Value, key string) *event.Value {
	if i := f.find(v, key); i >= 0 {
		return v.Members()[i].Value
	}
	return nil
}

func (f *form) set(v *event.Value, key string, x *event.Value) {
	if i := f.find(v, key); i >= 0 {
		v.SetAt(i, x)
		return
	}
	v.Insert(v.Len(), key, x)
	if keys := f.index[v]; keys != nil {
		keys[key] = v.Len() - 1
	}
}

// formEvent builds an event of the fields of a crash upload (edge 8.4); false: a path is nested too deeply.
func formEvent(b []byte) (*event.Doc, bool) {
	d := event.New()
	d.Root = d.NewObject(8)
	f := form{d: d, chunks: make(map[int]string)}
	for {
		name, rest, ok := formText(b)
		if !ok {
			break
		}
		value, rest, ok := formText(rest)
		if !ok {
			break
		}
		b = rest
		if !f.add(name, value) {
			d.Release()
			return nil, false
		}
	}
	if len(f.chunks) > 0 {
		f.mergeText(joinChunks(f.chunks))
	}
	d.ReadMeta()
	return d, true
}

// formText reads a text with its length in four little-endian bytes.
func formText(b []byte) (text string, rest []byte, ok bool) {
	if len(b) < 4 {
		return "", nil, false
	}
	n := binary.LittleEndian.Uint32(b)
	if uint64(n) > uint64(len(b)-4) {
		return "", nil, false
	}
	return string(b[4 : 4+n]), b[4+n:], true
}

// joinChunks joins the pieces of an event in numeric order.
func joinChunks(chunks map[int]string) string {
	var b strings.Builder
	for _, n := range slices.Sorted(maps.Keys(chunks)) {
		b.WriteString(chunks[n])
	}
	return b.String()
}

// add merges one field into the event without overwriting; false: nested too deeply.
func (f *form) add(name, value string) bool {
	name, value = strings.ToValidUTF8(name, "\uFFFD"), strings.ToValidUTF8(value, "\uFFFD")
	rest, ours := strings.CutPrefix(name, "sentry")
	switch {
	case ours && (rest == "" || strings.HasPrefix(rest, "___")):
		f.mergeText(value)
		return true
	case ours && strings.HasPrefix(rest, "__"):
		if n, err := strconv.ParseUint(rest[2:], 10, 31); err == nil {
			f.chunks[int(n)] = value
			return true
		}
	case ours && strings.HasPrefix(rest, "["):
		if path, ok := fieldPath(rest); ok {
			if len(path) > maxFormDepth {
				return false
			}
			f.setPath(path, value)
			return true
		}
	}
	f.setPath([]string{"extra", name}, value)
	return true
}

// fieldPath splits [a][b] into its names.
func fieldPath(s string) (path []string, ok bool) {
	for s != "" {
		if s[0] != '[' {
			return nil, false
		}
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return nil, false
		}
		path = append(path, s[1:end])
		s = s[end+1:]
	}
	return path, len(path) > 0
}

// setPath puts a text at a path of objects, unless something stands in the way.
func (f *form) setPath(path []string, text string) {
	v := f.d.Root
	for i, key := range path {
		x := f.get(v, key)
		if i == len(path)-1 {
			if x.IsNull() {
				f.set(v, key, f.d.NewString(text))
			}
			return
		}
		if x.IsNull() {
			x = f.d.NewObject(4)
			f.set(v, key, x)
		}
		if x.Kind() != event.Object {
			return
		}
		v = x
	}
}

// mergeText merges a JSON object into the event; anything else is ignored.
func (f *form) mergeText(text string) {
	if !utf8.ValidString(text) {
		return
	}
	if v, err := f.d.ParseText(text); err == nil && v.Kind() == event.Object {
		f.mergeObject(f.d.Root, v)
	}
}

// mergeObject fills what is absent or null, and merges objects.
func (f *form) mergeObject(to, from *event.Value) {
	for _, m := range from.Members() {
		x := f.get(to, m.Key)
		switch {
		case x.IsNull():
			f.set(to, m.Key, m.Value)
		case x.Kind() == event.Object && m.Value.Kind() == event.Object:
			f.mergeObject(x, m.Value)
		}
	}
}
