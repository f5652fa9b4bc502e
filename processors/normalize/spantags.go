package normalize

import (
	"crypto/md5"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

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

// spanTags gives every span of a transaction its sentry_tags, and every span the name of its segment (11.10).
func (r *run) spanTags() {
	root := r.d.Root
	spans := root.Get("spans")
	if spans.Len() == 0 {
		return
	}
	if name, ok := root.Get("transaction").Str(); ok {
		for _, m := range spans.Members() {
			if !m.Value.IsNull() {
				if v := r.unknownKey(r.object(m.Value, "data"), "sentry.segment.name"); isBlank(v) {
					v.SetString(name)
				}
			}
		}
	}
	if !r.isTransaction() {
		return
	}
	n := r.at(spans).elem.st
	f, _ := n.keys.find("sentry_tags")
	shared := tagSet{st: n.fields[f].st}
	mobile := r.eventTags(&shared)
	for _, m := range spans.Members() {
		if m.Value.IsNull() {
			continue
		}
		own := shared
		r.describe(m.Value, &own, mobile)
		r.writeTags(m.Value, &own)
	}
}

func (r *run) writeTags(span *event.Value, t *tagSet) {
	v := r.slot(span, "sentry_tags")
	v.SetMeta(nil)
	n := 0
	for _, has := range t.has {
		if has {
			n++
		}
	}
	kids := r.d.NewMembers(n)
	for i, f := range t.st.fields {
		if t.has[i] {
			x := r.d.NewString(t.texts[i])
			x.SetTag(f.id)
			kids = append(kids, event.Member{Key: f.name, Value: x})
		}
	}
	v.SetObject(kids)
}

// mobileSDKs are those whose spans come from a phone.
var mobileSDKs = map[string]bool{"sentry.cocoa": true, "sentry.dart.flutter": true, "sentry.java.android": true, "sentry.javascript.react-native": true}

// eventTags collects what all spans share.
func (r *run) eventTags(t *tagSet) (mobile bool) {
	root := r.d.Root
	t.copy("release", root.Get("release"))
	t.copy("environment", root.Get("environment"))
	user := root.Get("user")
	t.copy("user", user.Get("sentry_user"))
	t.copy("user.id", user.Get("id"))
	t.copy("user.ip", user.Get("ip_address"))
	t.copy("user.username", user.Get("username"))
	t.copy("user.email", user.Get("email"))
	geo := user.Get("geo")
	t.copy("user.geo.city", geo.Get("city"))
	t.copy("user.geo.country_code", geo.Get("country_code"))
	t.copy("user.geo.region", geo.Get("region"))
	t.copy("user.geo.subdivision", geo.Get("subdivision"))
	if code := theLists().subregions[geo.Get("country_code").Text()]; code != "" {
		t.set("user.geo.subregion", code)
	}
	if method := httpMethod(root); method != "" {
		t.set("transaction.method", method)
	}
	trace := r.variantAt("trace", "trace")
	if op := trace.Get("op").Text(); op != "" && op != "default" {
		t.set("transaction.op", strings.ToLower(op))
	}
	t.copy("trace.status", trace.Get("status"))
	sdk := root.Get("sdk")
	t.set("sdk.name", orUnknown(sdk.Get("name")))
	t.set("sdk.version", orUnknown(sdk.Get("version")))
	t.copy("platform", root.Get("platform"))
	mobile = mobileSDKs[sdk.Get("name").Text()]
	if mobile {
		t.set("mobile", "true")
	}
	if !mobile || r.variantAt("app", "app") != nil {
		t.copy("os.name", r.variantAt("os", "os").Get("name"))
	}
	if _, pair := findPair(root.Get("tags"), "device.class"); pair != nil {
		t.copy("device.class", pair.Index(1))
	}
	t.copy("browser.name", r.variantAt("browser", "browser").Get("name"))
	t.copy("profiler_id", r.variantAt("profile", "profile").Get("profiler_id"))
	t.copy("replay_id", r.variantAt("replay", "replay").Get("replay_id"))
	data := trace.Get("data")
	t.copyScalar("thread.id", data.Get("thread.id"))
	t.copy("thread.name", data.Get("thread.name"))
	return mobile
}

func orUnknown(v *event.Value) string {
	if s, ok := v.Str(); ok {
		return s
	}
	return "unknown"
}

// httpMethod is the method of the request, or the one that the transaction's name starts with.
func httpMethod(root *event.Value) string {
	if s, ok := root.At("request", "method").Str(); ok {
		return strings.ToUpper(s)
	}
	word, _, ok := strings.Cut(root.Get("transaction").Text(), " ")
	if !ok {
		return ""
	}
	if word = strings.ToUpper(word); slices.Contains(httpMethods[:], word) {
		return word
	}
	return ""
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

// resourceSizes are sizes that also become measurements, with the newer name of the attribute.
var resourceSizes = [...][2]string{
	{"http.decoded_response_content_length", "http.response.body.decoded_size"},
	{"http.response_content_length", "http.response.body.size"},
	{"http.response_transfer_size", "http.response.size"},
}

// describe adds what is a span's own.
func (r *run) describe(span *event.Value, t *tagSet, mobile bool) {
	data := span.Get("data")
	sent, hasOp := span.Get("op").Str()
	op := strings.ToLower(sent)
	if hasOp {
		t.set("op", op)
	}
	t.copy("status", span.Get("status"))
	category := spanCategory(op, data.Get)
	if category != "" {
		t.set("category", category)
	}
	system := strings.ToLower(firstText(data, "db.system.name", "db.system"))
	if system != "" {
		t.set("system", system)
	}
	if code, ok := scalarText(firstOf(data, "http.response.status_code", "http.status_code", "status_code")); ok {
		t.set("status_code", code)
	} else {
		t.copy("status_code", firstOf(span.Get("tags"), "http.status_code", "status_code"))
	}
	action := firstText(data, "http.request.method", "http.method", "method", "http.request_method")
	var desc description
	if text, ok := span.Get("description").Str(); ok {
		if desc = describeSpan(sent, system, text, data.Get); category == "db" && !desc.ok { // no text, but the query does something
			desc.action = dbDescription(system, text, noData).action
		}
	}
	if category == "db" { // the method of a request is none of a query
		action = desc.action
		if name, ok := firstOf(data, "db.operation.name", "db.operation").Str(); ok && op != "db.redis" {
			action = name
		}
	}
	if action != "" && (category == "http" || category == "db") {
		t.set("action", strings.ToUpper(action))
	}
	if desc.domain != "" {
		t.set("domain", desc.domain)
	}
	if desc.rawDomain != "" {
		t.set("raw_domain", desc.rawDomain)
	}
	if desc.extension != "" {
		t.set("file_extension", desc.extension)
	}
	if desc.ok {
		sum := md5.Sum([]byte(desc.text))
		t.set("group", hex.EncodeToString(sum[:8]))
		if desc.text != "" {
			t.set("description", cutDescription(desc.text))
		}
	}
	if strings.HasPrefix(op, "cache.") {
		if hit, ok := data.Get("cache.hit").Bool(); ok {
			t.set("cache.hit", strconv.FormatBool(hit))
		}
		if key := data.Get("cache.key"); !key.IsNull() {
			t.set("cache.key", string(key.AppendTo(nil)))
		}
	}
	if strings.HasPrefix(op, "queue.") {
		for _, key := range [...]string{"messaging.destination.name", "messaging.message.id", "messaging.operation.name", "messaging.operation.type"} {
			t.copy(key, data.Get(key))
		}
	}
	t.copyScalar("thread.id", data.Get("thread.id"))
	t.copy("thread.name", data.Get("thread.name"))
	t.copy("browser.name", data.Get("browser.name"))
	if strings.HasPrefix(op, "resource.") {
		r.resource(span, data, t)
	}
	if mobile {
		r.mobileTags(span, op, t)
	}
}

func (r *run) resource(span, data *event.Value, t *tagSet) {
	if status := data.Get("resource.render_blocking_status"); status.Text() == "blocking" || status.Text() == "non-blocking" {
		t.copy("resource.render_blocking_status", status)
	}
	for _, names := range resourceSizes {
		v := firstOf(data, names[0], names[1])
		text, ok := v.NumberText()
		f, _ := v.Float()
		if !ok || f < 0 {
			continue
		}
		if event.IsInteger(text) {
			t.set(names[0], text)
		} else {
			t.set(names[0], strconv.FormatFloat(f, 'f', -1, 64))
		}
		r.setMeasurement(r.object(span, "measurements"), names[0], f, "byte")
	}
}

// mobileTags marks spans that belong to the start of a screen or run on the main thread.
func (r *run) mobileTags(span *event.Value, op string, t *tagSet) {
	if name, _ := t.get("thread.name"); name == "main" {
		t.set("main_thread", "true")
	}
	switch op {
	case "app.start.cold", "app.start.warm":
		t.set("app_start_type", op[len("app.start."):])
	}
	start, ok1 := timeOf(r.d.Root.Get("start_timestamp"))
	end, ok2 := timeOf(span.Get("timestamp"))
	if !ok1 || !ok2 {
		return
	}
	for _, m := range [...][2]string{{"ttid", "time_to_initial_display"}, {"ttfd", "time_to_full_display"}} {
		if ms, ok := measured(r.d.Root.Get("measurements"), m[1]); ok && float64(end.sub(start).nanos())/1e6 <= ms {
			t.set(m[0], m[0])
		}
	}
}

func firstOf(v *event.Value, keys ...string) *event.Value {
	for _, key := range keys {
		if x := v.Get(key); !x.IsNull() {
			return x
		}
	}
	return nil
}

func (l lookup) first(keys ...string) *event.Value {
	for _, key := range keys {
		if x := l(key); !x.IsNull() {
			return x
		}
	}
	return nil
}

func (l lookup) text(keys ...string) string {
	for _, key := range keys {
		if s, ok := l(key).Str(); ok {
			return s
		}
	}
	return ""
}

func firstText(v *event.Value, keys ...string) string {
	for _, key := range keys {
		if s, ok := v.Get(key).Str(); ok {
			return s
		}
	}
	return ""
}

// wholeCategories keep two parts of their operation, plainCategories one (11.10).
var wholeCategories = map[string]bool{
	"ui.react": true, "ui.vue": true, "ui.svelte": true, "ui.angular": true, "ui.ember": true, "ai.pipeline": true,
	"function.nextjs": true, "function.remix": true, "function.gpc": true, "function.aws": true, "function.azure": true,
}

var plainCategories = map[string]bool{
	"ai": true, "app": true, "browser": true, "cache": true, "console": true, "db": true, "event": true, "file": true, "graphql": true, "grpc": true, "http": true, "measure": true,
	"middleware": true, "navigation": true, "pageload": true, "queue": true, "resource": true, "rpc": true, "serialize": true, "subprocess": true, "template": true, "topic": true,
	"view": true, "websocket": true,
}

func spanCategory(op string, data lookup) string {
	if s, ok := data("sentry.category").Str(); ok {
		return s
	}
	first, rest, _ := strings.Cut(op, ".")
	second, _, _ := strings.Cut(rest, ".")
	if two := first + "." + second; second != "" && wholeCategories[two] {
		return two
	}
	if plainCategories[first] {
		return first
	}
	switch {
	case !data.first("db.system.name", "db.system").IsNull():
		return "db"
	case !data.first("http.request.method", "http.method").IsNull():
		return "http"
	case !data("ui.component_name").IsNull():
		return "ui"
	case !data("resource.render_blocking_status").IsNull():
		return "resource"
	case data("sentry.origin").Text() == "auto.ui.browser.metrics":
		return "browser"
	}
	return ""
}
