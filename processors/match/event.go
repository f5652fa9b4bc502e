package match

import (
	"strings"

	"weir/codecs/event"
)

// FieldClientIP is known for every item.
const FieldClientIP = "envelope.client_ip"

// Event is a normalised event as conditions see it.
type Event struct {
	Root         *event.Value
	ForwardedFor string // of the envelope, for the client address
}

// EventFields reads an event without its request.
func EventFields(root *event.Value) Fields { return &Event{Root: root} }

func (e *Event) isTransaction() bool { return e.Root.Get("type").Text() == "transaction" }

// Header is the first request header of exactly that name: normalisation made names canonical.
func (e *Event) Header(name string) (string, bool) {
	return Pair(e.Root.Get("request").Get("headers"), func(key string) bool { return key == name })
}

// Exceptions are the entries of exception.values; entries may be null.
func (e *Event) Exceptions() *event.Value { return e.Root.Get("exception").Get("values") }

// Pair returns the text of the first entry of a pair list whose key fits.
func Pair(list *event.Value, fits func(key string) bool) (string, bool) {
	for _, m := range list.Members() {
		if key, ok := m.Value.Index(0).Str(); ok && fits(key) {
			return m.Value.Index(1).Str()
		}
	}
	return "", false
}

// Field knows the names of filters 7.5 for events; every other name is missing.
func (e *Event) Field(name string) Value {
	if name == FieldClientIP {
		return ClientField(e.ForwardedFor)
	}
	path, ok := strings.CutPrefix(name, "event.")
	if !ok {
		return Value{}
	}
	group, rest, nested := strings.Cut(path, ".")
	if !nested {
		return e.topField(path)
	}
	root := e.Root
	switch group {
	case "tags":
		return found(Pair(root.Get("tags"), func(key string) bool { return key == rest }))
	case "extra":
		return extra(root.Get("extra"), rest)
	case "contexts":
		return contextField(root.Get("contexts"), rest)
	case "user":
		return userField(root.Get("user"), rest)
	case "request":
		if header, ok := strings.CutPrefix(rest, "headers."); ok {
			return found(e.Header(header))
		}
		if rest == "method" || rest == "url" {
			return text(root.Get("request").Get(rest))
		}
	case "logentry":
		if rest == "formatted" || rest == "message" {
			return text(root.Get("logentry").Get(rest))
		}
	case "sdk":
		if rest == "name" || rest == "version" {
			return text(root.Get("sdk").Get(rest))
		}
	case "transaction":
		if rest == "source" {
			return text(root.Get("transaction_info").Get("source"))
		}
	case "release":
		return e.releaseField(rest)
	case "measurements":
		if name, ok := strings.CutSuffix(rest, ".value"); ok {
			return float(root.Get("measurements").Get(name).Get("value"))
		}
	case "breakdowns":
		if breakdown, name, ok := strings.Cut(rest, "."); ok {
			return float(root.Get("breakdowns").Get(breakdown).Get(name).Get("value"))
		}
	}
	return Value{}
}

// topField knows the names without a dot.
func (e *Event) topField(name string) Value {
	switch name {
	case "level", "release", "dist", "environment", "transaction", "logger":
		return text(e.Root.Get(name))
	case "platform":
		if s, ok := e.Root.Get("platform").Str(); ok {
			return Text(s)
		}
		return Text("other")
	case "sentry_user":
		return text(e.Root.Get("user").Get("sentry_user"))
	case "duration":
		return e.duration()
	}
	return Value{}
}

// duration is in milliseconds, of transactions whose times are in order.
func (e *Event) duration() Value {
	if !e.isTransaction() {
		return Value{}
	}
	start, ok := e.Root.Get("start_timestamp").Float()
	end, ok2 := e.Root.Get("timestamp").Float()
	if !ok || !ok2 || start > end {
		return Value{}
	}
	return Float((end - start) * 1000)
}

func (e *Event) releaseField(part string) Value {
	s, ok := e.Root.Get("release").Str()
	if !ok {
		return Value{}
	}
	r, ok := ParseRelease(s)
	if !ok {
		return Value{}
	}
	switch part {
	case "package":
		return NonEmpty(r.Package)
	case "build": // the commit hash, whether it is the version or its build
		return NonEmpty(r.Hash)
	case "version.short":
		if r.Package != "" {
			return NonEmpty(r.Version.Short)
		}
	}
	return Value{}
}

func userField(user *event.Value, name string) Value {
	switch name {
	case "email", "id", "segment":
		return NonEmpty(user.Get(name).Text())
	case "ip_address", "name":
		return text(user.Get(name))
	case "geo.city", "geo.country_code", "geo.region", "geo.subdivision":
		return text(user.Get("geo").Get(name[len("geo."):]))
	}
	return Value{}
}

// extra descends through objects; keys with dots are out of reach.
func extra(v *event.Value, path string) Value {
	for key := range strings.SplitSeq(path, ".") {
		v = v.Get(key)
	}
	return scalar(v)
}

// scalar is a value whose type is that of its JSON; lists and objects are there, but equal nothing.
func scalar(v *event.Value) Value {
	if b, ok := v.Bool(); ok {
		return Bool(b)
	}
	if n, ok := v.NumberText(); ok {
		return Number(n)
	}
	if k := v.Kind(); k == event.Array || k == event.Object {
		return Other()
	}
	return text(v)
}

func text(v *event.Value) Value { return found(v.Str()) }

func found(s string, ok bool) Value {
	if !ok {
		return Value{}
	}
	return Text(s)
}

func float(v *event.Value) Value {
	f, ok := v.Float()
	if !ok {
		return Value{}
	}
	return Float(f)
}

// Elements knows one array: the exceptions, with fields ty and value.
func (e *Event) Elements(name string, visit func(Fields) bool) bool {
	if name != "event.exception.values" {
		return false
	}
	list := e.Exceptions()
	if list.Kind() != event.Array {
		return false
	}
	for _, m := range list.Members() {
		if !m.Value.IsNull() && !visit(exceptionFields{m.Value}) {
			break
		}
	}
	return true
}

// exceptionFields is one exception as an element of an array field.
type exceptionFields struct{ v *event.Value }

func (x exceptionFields) Field(name string) Value {
	switch name {
	case "ty":
		return text(x.v.Get("type"))
	case "value":
		return text(x.v.Get("value"))
	}
	return Value{}
}

func (x exceptionFields) Elements(string, func(Fields) bool) bool { return false }
