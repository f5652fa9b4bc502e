package normalize

import (
	"strings"
	"unicode"

	"weir/codecs/event"
	"weir/codecs/useragent"
)

// agentHeaders are the request headers of 9.13, by lower-case name.
type agentHeaders struct {
	agent, brands, model, platform, version string
	hasVersion                              bool // it may be empty and still count
}

// userAgent fills the browser, device and os contexts from the event's own headers (9.13).
func (r *run) userAgent() {
	if headers := r.d.Root.At("request", "headers"); !headers.IsNull() {
		r.agentContexts(agentHeadersOf(headers))
	}
}

// agentHeadersOf reads the headers of a request.
func agentHeadersOf(headers *event.Value) (h agentHeaders) {
	for _, m := range headers.Members() {
		name, value := m.Value.Index(0).Text(), m.Value.Index(1).Text()
		switch len(name) {
		case 10, 9, 15, 18, 26:
		default:
			continue
		}
		switch strings.ToLower(name) {
		case "user-agent":
			h.agent = value
		case "sec-ch-ua":
			h.brands = value
		case "sec-ch-ua-model":
			h.model = value
		case "sec-ch-ua-platform":
			h.platform = value
		case "sec-ch-ua-platform-version":
			h.version, h.hasVersion = m.Value.Index(1).Str()
		}
	}
	return h
}

// agentContexts fills the contexts that are missing.
func (r *run) agentContexts(h agentHeaders) {
	root := r.d.Root
	contexts := r.object(root, "contexts")
	if r.variantAt("browser", "browser") == nil {
		r.agentBrowser(contexts, h)
	}
	if r.variantAt("device", "device") == nil {
		r.agentDevice(contexts, h)
	}
	key := "client_os"
	if root.Get("platform").Text() == "javascript" {
		key = "os"
	}
	if contexts.Find(key) < 0 {
		r.agentOS(contexts, key, h)
	}
}

// newContext puts an empty context of a variant at key, replacing what is there.
func (r *run) newContext(contexts *event.Value, key, tag string) *event.Value {
	v := r.entry(contexts, key)
	for _, n := range r.at(contexts).elem.variants {
		if n.name == tag {
			v.SetMeta(nil)
			v.SetObject(r.d.NewMembers(6))
			v.SetTag(n.id)
			r.setTypeTag(v, tag)
			return v
		}
	}
	return v
}

func (r *run) setNonEmpty(v *event.Value, key, s string) {
	if s != "" {
		r.setString(v, key, s)
	}
}

func (r *run) agentBrowser(contexts *event.Value, h agentHeaders) {
	name, version, ok := h.browser()
	if !ok {
		return
	}
	v := r.newContext(contexts, "browser", "browser")
	r.setString(v, "name", name)
	r.setNonEmpty(v, "version", version)
}

// browser is what the hints or the user agent name.
func (h *agentHeaders) browser() (name, version string, ok bool) {
	if name, version, ok = brand(h.brands); !ok {
		if h.agent == "" {
			return "", "", false
		}
		browser := useragent.Parse(h.agent).Browser
		if browser.Family == "" {
			return "", "", false
		}
		name, version = browser.Family, browser.Version()
	}
	if name == "Google Chrome" {
		name = "Chrome"
	}
	return name, version, true
}

// brand reads the first real browser of a sec-ch-ua header.
func brand(header string) (name, version string, ok bool) {
	for item := range strings.SplitSeq(header, ",") {
		if strings.Contains(item, "Brand") || strings.Contains(item, "Chromium") || strings.Contains(item, "Gecko") || strings.Contains(item, "WebKit") {
			continue
		}
		before, rest, _ := strings.Cut(item, `";v="`)
		quote := strings.LastIndexByte(before, '"')
		version, _, ok := strings.Cut(rest, `"`)
		name := before[quote+1:]
		ok = ok && quote >= 0 && strings.TrimFunc(name, unicode.IsSpace) != "" && strings.TrimFunc(version, unicode.IsSpace) != ""
		return name, version, ok
	}
	return "", "", false
}

func (r *run) agentDevice(contexts *event.Value, h agentHeaders) {
	if model := hint(h.model); model != "" {
		r.setString(r.newContext(contexts, "device", "device"), "model", model)
		return
	}
	if h.agent == "" {
		return
	}
	d := useragent.Parse(h.agent).Device
	if d.Family == "" {
		return
	}
	v := r.newContext(contexts, "device", "device")
	r.setNonEmpty(v, "family", d.Family)
	r.setNonEmpty(v, "model", d.Model)
	r.setNonEmpty(v, "brand", d.Brand)
}

func (r *run) agentOS(contexts *event.Value, key string, h agentHeaders) {
	if platform := hint(h.platform); platform != "" {
		v := r.newContext(contexts, key, "os")
		r.setString(v, "name", platform)
		if h.hasVersion {
			r.setString(v, "version", hint(h.version))
		}
		return
	}
	if h.agent == "" {
		return
	}
	os := useragent.Parse(h.agent).OS
	if os.Family == "" {
		return
	}
	version := os.Version()
	if os.Family == "Windows" && version == "10" || os.Family == "Mac OS X" && version == "10.15.7" {
		version = ">=" + version // browsers stopped telling newer ones
	}
	v := r.newContext(contexts, key, "os")
	r.setString(v, "name", os.Family)
	r.setNonEmpty(v, "version", version)
}

// hint cleans the value of a client hint header.
func hint(s string) string {
	return strings.ReplaceAll(strings.TrimFunc(s, unicode.IsSpace), `"`, "")
}
