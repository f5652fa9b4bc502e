package match

import "strings"

// replayContexts are the fields of contexts that only replays have.
var replayContexts = map[string]bool{"ota_updates.channel": true, "ota_updates.runtime_version": true, "ota_updates.update_id": true}

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
		context, field, computed := strings.Cut(rest, ".")
		switch {
		case !computed || context == "gpu" || context == "monitor" || context == "runtime" || field == "device_app_hash":
			return Value{}
		case replayContexts[rest]:
			return text(e.Root.Get("contexts").Get(context).Get(field))
		}
		return e.Field(name)
	}
	return Value{}
}
