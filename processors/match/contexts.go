package match

import (
	"strings"

	"weir/codecs/event"
)

// form is the type that a context field is read as.
type form uint8

const (
	formText form = iota + 1
	formBool
	formInt
	formFloat
	formID
)

// contextFields are the fields of contexts that conditions may name, by context and field; the empty field is the computed text of the
// context, which has the context's own name (filters 7.5).
var contextFields = map[string]map[string]form{
	"app": {"in_foreground": formBool, "device_app_hash": formText},
	"device": {
		"arch": formText, "battery_level": formFloat, "brand": formText, "charging": formBool, "family": formText, "model": formText,
		"locale": formText, "online": formBool, "orientation": formText, "name": formText, "screen_density": formFloat, "screen_dpi": formInt,
		"screen_width_pixels": formInt, "screen_height_pixels": formInt, "simulator": formBool, "uuid": formID,
	},
	"gpu":      {"vendor_name": formText, "name": formText},
	"monitor":  {"id": formText, "slug": formText},
	"os":       {"": formText, "build": formText, "kernel_version": formText, "name": formText, "version": formText, "rooted": formBool},
	"browser":  {"": formText, "name": formText, "version": formText},
	"runtime":  {"": formText, "name": formText},
	"trace":    {"status": formText, "op": formText},
	"profile":  {"profile_id": formID},
	"response": {"status_code": formInt},
	"unreal":   {"crash_type": formText},
}

// contextField reads a field of a context under its default key.
func contextField(contexts *event.Value, path string) Value {
	name, field, _ := strings.Cut(path, ".")
	kind, ok := contextFields[name][field]
	if !ok {
		return Value{}
	}
	if field == "" {
		field = name
	}
	context := contexts.Get(name)
	if t, ok := context.Get("type").Str(); ok && t != name {
		return Value{} // another kind of context under this key
	}
	v := context.Get(field)
	switch kind {
	case formText:
		return text(v)
	case formBool:
		if b, ok := v.Bool(); ok {
			return Bool(b)
		}
	case formInt:
		if n, ok := v.NumberText(); ok {
			return Number(n)
		}
	case formFloat:
		return float(v)
	case formID:
		if s, ok := v.Str(); ok {
			return ID(s)
		}
	}
	return Value{}
}
