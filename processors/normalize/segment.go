package normalize

import (
	"strconv"
	"strings"

	"weir/codecs/event"
)

// segment is the span of version 1 that stands for the transaction itself (items 16.3). It shares values with the event.
func (r *run) segment(trace *event.Value) *event.Value {
	root, d := r.d.Root, r.d
	v := d.NewObject(16)
	v.SetTag(r.spanNode().id)
	kids := v.Members()
	put := func(key string, x *event.Value) {
		if x != nil {
			kids = append(kids, event.Member{Key: key, Value: x})
		}
	}
	for _, key := range [...]string{"trace_id", "span_id", "parent_span_id", "op", "status", "origin", "exclusive_time", "links"} {
		put(key, trace.Get(key))
	}
	put("description", root.Get("transaction"))
	put("start_timestamp", root.Get("start_timestamp"))
	put("timestamp", root.Get("timestamp"))
	put("data", r.segmentData(trace.Get("data")))
	put("tags", r.segmentTags())
	put("measurements", r.segmentMeasurements())
	v.SetMembers(kids)

	fs, _ := r.at(v).st.keys.find("sentry_tags")
	tags := tagSet{st: r.at(v).st.fields[fs].st}
	mobile := r.eventTags(&tags)
	r.describe(v, &tags, mobile)
	tags.unset("messaging.operation.type") // only child spans have it
	var ends displays
	ends.note(v)
	ends.tag(v, &tags)
	r.contextTags(&tags)
	r.writeTags(v, &tags)
	return v
}

// segmentData is what the trace context says, with facts of the event.
func (r *run) segmentData(own *event.Value) *event.Value {
	d, root := r.d, r.d.Root
	v := d.NewObject(0)
	v.SetMembers(append(d.NewMembers(own.Len()+12), own.Members()...))
	set := func(key string, x *event.Value) {
		if !x.IsNull() || !x.Meta().IsEmpty() {
			v.Set(key, x)
		}
	}
	set("sentry.segment.name", root.Get("transaction"))
	set("sentry.name", root.Get("transaction"))
	set("sentry.release", root.Get("release"))
	set("sentry.environment", root.Get("environment"))
	set("browser.name", r.variantAt("browser", "browser").Get("name"))
	set("sentry.sdk.name", root.At("sdk", "name"))
	set("sentry.sdk.version", root.At("sdk", "version"))
	if query := formEncoded(root.At("request", "query_string")); query != "" {
		v.Set("http.query", d.NewString(d.Concat("?", query)))
		v.Set("url.query", d.NewString(query))
	}
	json := func(key string, b []byte) { v.Set(key, d.NewString(d.Intern(b))) }
	var buf []byte
	if contexts := root.Get("contexts"); contexts.Kind() == event.Object {
		if buf = appendMembers(buf, contexts, "trace"); len(buf) > 2 {
			json("sentry.event.serialized_contexts", buf)
		}
	}
	if x := root.Get("breadcrumbs"); x.Get("values").Len() > 0 {
		json("sentry.event.serialized_breadcrumbs", x.AppendTo(buf[:0]))
	}
	if x := root.Get("extra"); x.Len() > 0 {
		if buf = appendMembers(buf[:0], x, ""); len(buf) > 2 {
			json("sentry.event.serialized_extra", buf)
		}
	}
	return v
}

// appendMembers appends an object without absent members and without one other; what was removed is null.
func appendMembers(dst []byte, v *event.Value, but string) []byte {
	var rest event.Value
	kids := make([]event.Member, 0, v.Len())
	for _, m := range v.Members() {
		if (but == "" || m.Key != but) && (!m.Value.IsNull() || !m.Value.Meta().IsEmpty()) {
			kids = append(kids, m)
		}
	}
	rest.SetObject(kids)
	return rest.AppendTo(dst)
}

// formEncoded writes a query string, a list of pairs, as forms are.
func formEncoded(pairs *event.Value) string {
	if pairs.Len() == 0 {
		return ""
	}
	var b strings.Builder
	for _, m := range pairs.Members() {
		key, value := m.Value.Index(0), m.Value.Index(1)
		if key.Kind() != event.String || value.Kind() != event.String {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		encodeForm(&b, key.Text())
		b.WriteByte('=')
		encodeForm(&b, value.Text())
	}
	return b.String()
}

func encodeForm(b *strings.Builder, s string) {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '*' || c == '-' || c == '.' || c == '_':
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		default:
			const hex = "0123456789ABCDEF"
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
}

// segmentTags are the tags of the event as a map.
func (r *run) segmentTags() *event.Value {
	pairs := r.d.Root.Get("tags")
	if pairs.Len() == 0 {
		return nil
	}
	kids := r.d.NewMembers(pairs.Len())
	for _, m := range pairs.Members() {
		if key, ok := m.Value.Index(0).Str(); ok {
			kids = append(kids, event.Member{Key: key, Value: m.Value.Index(1)})
		}
	}
	v := r.d.NewObject(0)
	v.SetMembers(kids)
	return v
}

// totalTime is the sum of a breakdown, which is no part of it.
const totalTime = "total.time"

// segmentMeasurements are the measurements of the event and the values of its breakdowns.
func (r *run) segmentMeasurements() *event.Value {
	own, breakdowns := r.d.Root.Get("measurements"), r.d.Root.Get("breakdowns")
	if own.Len() == 0 && breakdowns.Len() == 0 {
		return nil
	}
	v := r.d.NewObject(own.Len() + 8)
	f, _ := r.spanNode().st.keys.find("measurements")
	v.SetTag(r.spanNode().st.fields[f].id)
	kids := append(v.Members(), own.Members()...)
	for _, b := range breakdowns.Members() {
		for _, m := range b.Value.Members() {
			if m.Key != totalTime {
				kids = append(kids, event.Member{Key: r.d.Concat(b.Key, ".", m.Key), Value: m.Value})
			}
		}
	}
	v.SetMembers(kids)
	return v
}

// contextTag is a tag of segments alone, made of a context.
type contextTag struct{ tag, context, member string }

// contextTags are texts, numbers or booleans of contexts.
var contextTags = [...]contextTag{
	{"browser", "browser", "browser"}, {"os", "os", "os"}, {"os.rooted", "os", "rooted"}, {"runtime", "runtime", "runtime"}, {"runtime.name", "runtime", "name"},
	{"gpu.name", "gpu", "name"}, {"gpu.vendor", "gpu", "vendor_name"}, {"monitor.id", "monitor", "id"}, {"monitor.slug", "monitor", "slug"}, {"app.device", "app", "device_app_hash"},
	{"device.arch", "device", "arch"}, {"device.battery_level", "device", "battery_level"}, {"device.brand", "device", "brand"}, {"device.charging", "device", "charging"},
	{"device.family", "device", "family"}, {"device.locale", "device", "locale"}, {"device.model", "device", "model"}, {"device.model_id", "device", "model_id"},
	{"device.name", "device", "name"}, {"device.online", "device", "online"}, {"device.orientation", "device", "orientation"}, {"device.screen_density", "device", "screen_density"},
	{"device.screen_dpi", "device", "screen_dpi"}, {"device.screen_height_pixels", "device", "screen_height_pixels"}, {"device.screen_width_pixels", "device", "screen_width_pixels"},
	{"device.simulator", "device", "simulator"}, {"device.uuid", "device", "uuid"},
}

// contextTags adds what contexts and the request say.
func (r *run) contextTags(t *tagSet) {
	for _, c := range contextTags {
		v := r.variantAt(c.context, c.context).Get(c.member)
		if text, ok := v.NumberText(); ok && !event.IsInteger(text) {
			f, _ := v.Float()
			t.set(c.tag, strconv.FormatFloat(f, 'f', -1, 64))
			continue
		}
		t.copyScalar(c.tag, v)
	}
	t.copy("request.url", r.d.Root.At("request", "url"))
	t.copy("request.method", r.d.Root.At("request", "method"))
}
