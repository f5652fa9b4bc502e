package normalize

import (
	"crypto/md5"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode"

	"weir/codecs/event"
)

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
