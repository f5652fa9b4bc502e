package normalize

import (
	"crypto/md5"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode"

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
	var ends displays
	for _, m := range spans.Members() {
		ends.note(m.Value)
	}
	for _, m := range spans.Members() {
		if m.Value.IsNull() {
			continue
		}
		own := shared
		r.describe(m.Value, &own, mobile)
		ends.tag(m.Value, &own)
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
	if op, ok := trace.Get("op").Str(); ok && op != "default" {
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
		for _, kind := range [...]string{"warm", "cold"} {
			if root.Get("measurements").Find("app_start_"+kind) >= 0 {
				t.set("app_start_type", kind)
			}
		}
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
	return leadingMethod(strings.TrimLeftFunc(root.Get("transaction").Text(), unicode.IsSpace))
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

// describe adds what is a span's own.
func (r *run) describe(span *event.Value, t *tagSet, mobile bool) {
	data := span.Get("data")
	sent, hasOp := span.Get("op").Str()
	op := strings.ToLower(sent)
	if hasOp {
		t.set("op", op)
	}
	t.copy("status", span.Get("status"))
	category, ok := spanCategory(op, data.Get)
	if ok {
		t.set("category", category)
	}
	t.copy("name", nonEmpty(data.Get("sentry.name")))
	if code := data.Get("http.response.status_code"); isInteger(code) {
		t.copyScalar("status_code", code)
	} else if code.Kind() == event.String {
		t.copy("status_code", code)
	} else {
		t.copy("status_code", span.Get("tags").Get("http.status_code"))
	}
	system, ok := firstOf(data, "db.system.name", "db.system").Str()
	if ok {
		t.set("system", strings.ToLower(system))
	}
	var desc description
	text, described := span.Get("description").Str()
	if described {
		desc = describeSpan(sent, system, text, data.Get, r.in.Rules.allowedHosts())
	}
	switch category {
	case "db": // the method of a request is none of a query
		completeDB(&desc, op, system, text, data.Get)
		if desc.action != "" || !firstOf(data, "db.operation.name", "db.operation").IsNull() {
			t.set("action", strings.ToUpper(desc.action))
		}
	case "http":
		if method, ok := data.Get("http.request.method").Str(); ok {
			t.set("action", strings.ToUpper(method))
		}
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
		t.set("description", cutDescription(desc.text))
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
		resourceTags(data, t)
	}
	r.measureSpan(span, mobile)
	if mobile {
		if name, _ := t.get("thread.name"); name == "main" {
			t.set("main_thread", "true")
		}
		t.copy("app_start_type", data.Get("app.vitals.start.type"))
	}
}

func isInteger(v *event.Value) bool {
	text, ok := v.NumberText()
	return ok && event.IsInteger(text)
}

// nonEmpty is v unless it is an empty text.
func nonEmpty(v *event.Value) *event.Value {
	if isBlank(v) {
		return nil
	}
	return v
}

// resourceTags are the sizes of what a page loads, as texts.
func resourceTags(data *event.Value, t *tagSet) {
	if status := data.Get("resource.render_blocking_status"); status.Text() == "blocking" || status.Text() == "non-blocking" {
		t.copy("resource.render_blocking_status", status)
	}
	for _, m := range spanMeasurements {
		if m.operation != "resource." {
			continue
		}
		v := data.Get(m.attribute)
		if text, ok := v.NumberText(); ok && !event.IsInteger(text) {
			f, _ := v.Float()
			t.set(m.name, strconv.FormatFloat(f, 'f', -1, 64))
		} else {
			t.copyScalar(m.name, v)
		}
	}
}

// spanMeasurements are numbers that spans of an operation keep as measurements; the operation counts as it was sent.
var spanMeasurements = [...]struct{ operation, attribute, name, unit string }{
	{"resource.", "http.response.body.decoded_size", "http.decoded_response_content_length", "byte"},
	{"resource.", "http.response.body.size", "http.response_content_length", "byte"},
	{"resource.", "http.response.size", "http.response_transfer_size", "byte"},
	{"cache.", "cache.item_size", "cache.item_size", "byte"},
	{"queue.", "messaging.message.body.size", "messaging.message.body.size", "byte"},
	{"queue.", "messaging.message.receive.latency", "messaging.message.receive.latency", "millisecond"},
	{"queue.", "messaging.message.retry.count", "messaging.message.retry.count", "none"},
}

// measureSpan writes the measurements of a span.
func (r *run) measureSpan(span *event.Value, mobile bool) {
	op, data := span.Get("op").Text(), span.Get("data")
	for _, m := range spanMeasurements {
		if f, ok := data.Get(m.attribute).Float(); ok && strings.HasPrefix(op, m.operation) {
			r.setMeasurement(r.object(span, "measurements"), m.name, f, m.unit)
		}
	}
	if f, ok := data.Get("app.vitals.frames.delay.value").Float(); ok && mobile {
		r.setMeasurement(r.object(span, "measurements"), "frames.delay", f, "second")
	}
}

// displayOps are operations of spans that end when a screen shows something, and when it shows all; the tag says which.
var displayOps = [...][2]string{{"ui.load.initial_display", "ttid"}, {"ui.load.full_display", "ttfd"}}

// displays are the ends of the first spans of displayOps.
type displays [len(displayOps)]struct {
	end moment
	ok  bool
}

// note takes the end of a span that is the first of its operation.
func (d *displays) note(span *event.Value) {
	op := span.Get("op").Text()
	for i := range d {
		if !d[i].ok && op == displayOps[i][0] {
			d[i].end, d[i].ok = timeOf(span.Get("timestamp"))
		}
	}
}

// tag marks a span that contributed to a display: one that ended before it or with it.
func (d *displays) tag(span *event.Value, t *tagSet) {
	end, ok := timeOf(span.Get("timestamp"))
	for i := range d {
		if ok && d[i].ok && !d[i].end.before(end) {
			t.set(displayOps[i][1], displayOps[i][1])
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

func spanCategory(op string, data lookup) (category string, ok bool) {
	if s, ok := data("sentry.category").Str(); ok {
		return s, true
	}
	first, rest, _ := strings.Cut(op, ".")
	second, _, _ := strings.Cut(rest, ".")
	if two := first + "." + second; second != "" && wholeCategories[two] {
		return two, true
	}
	if plainCategories[first] {
		return first, true
	}
	for _, c := range attributeCategories {
		if !isBlank(data.first(c.attributes...)) {
			return c.category, true
		}
	}
	if data("sentry.origin").Text() == "auto.ui.browser.metrics" {
		return "browser", true
	}
	return "", false
}

// attributeCategories are told by an attribute that is there and not empty.
var attributeCategories = [...]struct {
	category   string
	attributes []string
}{
	{"db", []string{"db.system.name", "db.system"}}, {"http", []string{"http.request.method", "http.method"}}, {"ui", []string{"ui.component_name"}},
	{"resource", []string{"resource.render_blocking_status"}},
}
