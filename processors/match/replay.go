package match

import "strings"

// withoutReplay are the contexts and fields that conditions may name for events, but not for replays.
var withoutReplay = map[string]bool{"gpu": true, "monitor": true, "runtime": true, "app.device_app_hash": true, "os.rooted": true}

// The context that conditions may name for replays only. Its type is not its default key, so it has to be written.
const (
	otaKey  = "ota_updates"
	otaType = "otaupdates"
)

var otaFields = map[string]bool{"channel": true, "runtime_version": true, "update_id": true}

// ReplayField is Event.Field for a replay event, which has fewer names (filters 7.5).
func ReplayField(e *Event, name string) Value {
	path, ok := strings.CutPrefix(name, "event.")
	if !ok {
		return e.Field(name)
	}
	group, rest, _ := strings.Cut(path, ".")
	switch group {
	case "release", "dist", "environment", "platform", "sentry_user":
		if rest == "" {
			return e.Field(name)
		}
	case "user", "request", "sdk", "tags":
		return e.Field(name)
	case "contexts":
		switch context, field, hasField := strings.Cut(rest, "."); {
		case !hasField || withoutReplay[context] || withoutReplay[rest]:
			return Value{}
		case context == otaKey:
			if ota := e.Root.Get("contexts").Get(otaKey); ota.Get("type").Text() == otaType && otaFields[field] {
				return text(ota.Get(field))
			}
			return Value{}
		}
		return e.Field(name)
	}
	return Value{}
}
