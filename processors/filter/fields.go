package filter

import (
	"strings"

	"weir/codecs/event"
	"weir/processors/match"
)

// fieldClientIP is known for every item.
const fieldClientIP = "envelope.client_ip"

// Field knows the names of filters 7.5 for events; every other name is missing.
func (e *eventItem) Field(name string) match.Value {
	if name == fieldClientIP {
		if a, ok := e.ClientIP(); ok {
			return match.Addr(a)
		}
		return match.Value{}
	}
	path, ok := strings.CutPrefix(name, "event.")
	if !ok {
		return match.Value{}
	}
	group, rest, nested := strings.Cut(path, ".")
	if !nested {
		return e.topField(path)
	}
	root := e.root
	switch group {
	case "tags":
		return found(pair(root.Get("tags"), func(key string) bool { return key == rest }))
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
	return match.Value{}
}

// topField knows the names without a dot.
func (e *eventItem) topField(name string) match.Value {
	switch name {
	case "level", "release", "dist", "environment", "transaction", "logger":
		return text(e.root.Get(name))
	case "platform":
		if s, ok := e.root.Get("platform").Str(); ok {
			return match.Text(s)
		}
		return match.Text("other")
	case "sentry_user":
		return text(e.root.Get("user").Get("sentry_user"))
	case "duration":
		return e.duration()
	}
	return match.Value{}
}

// duration is in milliseconds, of transactions whose times are in order.
func (e *eventItem) duration() match.Value {
	if !e.is(typeTransaction) {
		return match.Value{}
	}
	start, ok := e.root.Get("start_timestamp").Float()
	end, ok2 := e.root.Get("timestamp").Float()
	if !ok || !ok2 || start > end {
		return match.Value{}
	}
	return match.Float((end - start) * 1000)
}

func (e *eventItem) releaseField(part string) match.Value {
	s, ok := e.Release()
	if !ok {
		return match.Value{}
	}
	r, ok := match.ParseRelease(s)
	if !ok {
		return match.Value{}
	}
	switch part {
	case "package":
		return match.NonEmpty(r.Package)
	case "build": // the commit hash, whether it is the version or its build
		return match.NonEmpty(r.Hash)
	case "version.short":
		if r.Package != "" {
			return match.NonEmpty(r.Version.Short)
		}
	}
	return match.Value{}
}

func userField(user *event.Value, name string) match.Value {
	switch name {
	case "email", "id", "segment":
		return match.NonEmpty(user.Get(name).Text())
	case "ip_address", "name":
		return text(user.Get(name))
	case "geo.city", "geo.country_code", "geo.region", "geo.subdivision":
		return text(user.Get("geo").Get(name[len("geo."):]))
	}
	return match.Value{}
}

// extra descends through objects; keys with dots are out of reach. What is no scalar is there, but equals nothing.
func extra(v *event.Value, path string) match.Value {
	for key := range strings.SplitSeq(path, ".") {
		v = v.Get(key)
	}
	if b, ok := v.Bool(); ok {
		return match.Bool(b)
	}
	if n, ok := v.NumberText(); ok {
		return match.Number(n)
	}
	if k := v.Kind(); k == event.Array || k == event.Object {
		return match.Other()
	}
	return text(v)
}

func text(v *event.Value) match.Value { return found(v.Str()) }

func found(s string, ok bool) match.Value {
	if !ok {
		return match.Value{}
	}
	return match.Text(s)
}

func float(v *event.Value) match.Value {
	f, ok := v.Float()
	if !ok {
		return match.Value{}
	}
	return match.Float(f)
}

// Elements knows one array: the exceptions, with fields ty and value.
func (e *eventItem) Elements(name string, visit func(match.Fields) bool) bool {
	if name != "event.exception.values" {
		return false
	}
	list := e.exceptions()
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

func (x exceptionFields) Field(name string) match.Value {
	switch name {
	case "ty":
		return text(x.v.Get("type"))
	case "value":
		return text(x.v.Get("value"))
	}
	return match.Value{}
}

func (x exceptionFields) Elements(string, func(match.Fields) bool) bool { return false }
