package normalize

import (
	"regexp"
	"strings"

	"weir/codecs/event"
)

// contextDetails completes every context by its variant (10).
func (r *run) contextDetails() {
	contexts := r.d.Root.Get("contexts")
	contexts.Delete("reprocessing")
	for _, m := range contexts.Members() {
		v := m.Value
		if v.Kind() != event.Object {
			continue
		}
		switch r.at(v).name {
		case "os":
			r.osContext(v)
			r.computed(v, "os", true)
		case "browser":
			r.computed(v, "browser", true)
		case "runtime":
			r.runtimeContext(v)
			r.computed(v, "runtime", false)
		case "response":
			r.body(v, v.Get("data"), false)
			r.responseCookies(v)
		case "device":
			if model, ok := v.Get("model").Str(); ok && r.n.cfg.DeviceNames != nil {
				if name := r.n.cfg.DeviceNames(model); name != "" {
					r.assign(v, "name", name)
				}
			}
		case "trace":
			if status := r.slot(v, "status"); status.IsNull() {
				status.SetString("unknown")
			}
		}
	}
}

// computed joins name and version; with nameAlone also a name without version counts (10.1 to 10.3).
func (r *run) computed(v *event.Value, key string, nameAlone bool) {
	name, ok1 := v.Get("name").Str()
	version, ok2 := v.Get("version").Str()
	if !v.Get(key).IsNull() || !ok1 {
		return
	}
	switch {
	case ok2:
		r.assign(v, key, r.d.Concat(name, " ", version))
	case nameAlone:
		r.assign(v, key, name)
	}
}

// runtimeContext reads name and version out of a description, and .NET's versions out of builds (10.3).
func (r *run) runtimeContext(v *event.Value) {
	if isBlank(v.Get("name")) && isBlank(v.Get("version")) {
		if groups := runtimePattern.FindStringSubmatch(v.Get("raw_description").Text()); groups != nil {
			r.assign(v, "name", groups[1])
			r.assign(v, "version", groups[2])
		}
	}
	if strings.HasPrefix(v.Get("name").Text(), ".NET Framework") {
		if version := theLists().dotnetBuilds[v.Get("build").Text()]; version != "" {
			r.assign(v, "version", version)
		}
	}
}

// runtimePattern splits `name version anything` at the last place where a version of 2 to 4 dotted numbers follows a space (10.3).
var runtimePattern = regexp.MustCompile(`^(.*) (` + digits + `(?:\.` + digits + `){1,3}).*$`)

// responseCookies reads the Set-Cookie header like a request's Cookie (10.4).
func (r *run) responseCookies(v *event.Value) { r.cookieHeader(v, "Set-Cookie") }
