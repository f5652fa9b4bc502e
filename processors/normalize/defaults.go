package normalize

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"weir/codecs/event"
)

// defaults infers the type and sets what configuration and convention decide (9.14).
func (r *run) defaults() {
	root, in := r.d.Root, r.in
	ty := r.slot(root, "type")
	ty.SetMeta(nil)
	switch s := ty.Text(); {
	case s == "transaction" || s == "feedback":
	case root.At("exception", "values").Len() > 0:
		ty.SetString("error")
	case !root.Get("csp").IsNull():
		ty.SetString("csp")
	default:
		ty.SetString("default")
	}
	r.configured("project", in.Project != 0, func(v *event.Value) {
		r.number(v, strconv.AppendUint(r.buf[:0], in.Project, 10))
	})
	r.configured("key_id", in.KeyID != "", func(v *event.Value) { v.SetString(in.KeyID) })
	r.configured("version", in.Version != "", func(v *event.Value) { v.SetString(in.Version) })
	r.configured("grouping_config", len(in.Grouping) > 0, func(v *event.Value) {
		if config, err := r.d.ParseText(string(in.Grouping)); err == nil && config.Kind() == event.Object {
			tag := v.Tag()
			r.free(config)
			v.TakeContent(config)
			v.SetTag(tag)
		}
	})
	platform := r.slot(root, "platform")
	if s, ok := platform.Str(); ok && !theLists().platforms[s] {
		r.d.SoftDelete(platform)
	}
	r.orString("platform", "other")
	r.orString("logger", "")
	level := "error"
	if ty.Text() == "transaction" {
		level = "info"
	}
	r.orString("level", level)
	if errors := r.slot(root, "errors"); errors.IsNull() {
		errors.SetArray(nil)
	}
	if extra := r.slot(root, "extra"); extra.IsNull() {
		extra.SetObject(nil)
	}
	if id := r.slot(root, "event_id"); id.IsNull() {
		random := in.random("event_id")
		random[6] = random[6]&0x0f | 0x40
		random[8] = random[8]&0x3f | 0x80
		id.SetString(r.hexText(random[:]))
	}
	if root.Get("sdk").IsNull() {
		r.sdkFromClient()
	}
	if root.Get("platform").Text() == "java" {
		r.javaLogger()
	}
}

// configured sets a field to what is configured, or clears it; metadata is dropped.
func (r *run) configured(key string, known bool, set func(*event.Value)) {
	v := r.slot(r.d.Root, key)
	v.SetNull()
	v.SetMeta(nil)
	if known {
		set(v)
	}
}

func (r *run) orString(key, s string) {
	if v := r.slot(r.d.Root, key); v.IsNull() {
		v.SetString(s)
	}
}

func (r *run) sdkFromClient() {
	name, version, ok := strings.Cut(r.in.Client, "/")
	if !ok {
		if name, version, ok = strings.Cut(r.in.Client, " "); !ok {
			return
		}
	}
	sdk := r.object(r.d.Root, "sdk")
	r.setString(sdk, "name", name)
	r.setString(sdk, "version", version)
}

// maxLogger is the length to which Java's class names are cut, in code points.
const maxLogger = 64

// javaLogger shortens a class name from the left, at a dot if there is one (9.14.6). The remarks stand on the event.
func (r *run) javaLogger() {
	v, root := r.d.Root.Get("logger"), r.d.Root
	full := v.Text()
	logger := strings.TrimFunc(full, unicode.IsSpace)
	n, m := utf8.RuneCountInString(logger), utf8.RuneCountInString(full)
	if n <= maxLogger {
		switch {
		case logger == full:
			return
		case logger == "":
			r.d.AddRemark(root, event.Remark{Rule: "@logger:remove", Type: 'x', End: m, HasRange: true})
		default:
			r.d.AddRemark(root, event.Remark{Rule: "@logger:trim", Type: 's'})
		}
		r.d.MetaOf(root).SetLen(m)
		v.SetString(logger)
		return
	}
	chars := []rune(logger)
	cut := n - (maxLogger - 1)
	if chars[cut-1] != '.' {
		for i := cut; i < n; i++ {
			if chars[i] == '.' {
				cut = i
				break
			}
		}
	}
	rest := string(chars[cut:])
	v.SetString("*" + rest)
	r.d.AddRemark(root, event.Remark{Rule: "@logger:replace", Type: 's', End: cut, HasRange: true})
	r.d.MetaOf(root).SetLen(m)
}

// sampleRate sets or removes the trace context's client_sample_rate (8.3 step 30).
func (r *run) sampleRate(root *event.Value) {
	trace := r.variantAt("trace", "trace")
	if trace == nil {
		return
	}
	if rate := r.in.SampleRate; rate != nil {
		v := r.slot(trace, "client_sample_rate")
		v.SetMeta(nil)
		r.number(v, event.AppendFloat(r.buf[:0], *rate))
		return
	}
	trace.Delete("client_sample_rate")
}

// vitalTags copies web vitals of the trace into tags (9.15).
func (r *run) vitalTags() {
	data := r.variantAt("trace", "trace").Get("data")
	if data.IsNull() {
		return
	}
	for _, key := range [...]string{"element", "size", "id", "url"} {
		v := data.Get("browser.web_vital.lcp." + key)
		text, ok := v.Str()
		if key == "size" {
			if _, ok = v.Uint(); ok {
				text, _ = v.NumberText()
			}
		}
		if ok && !r.hasTag("lcp."+key) {
			r.setTag("lcp."+key, text)
		}
	}
}

// replayContext puts the replay of the trace header into its context (9.16).
func (r *run) replayContext() {
	if id := r.in.ReplayID; !id.IsNil() {
		v := r.newContext(r.object(r.d.Root, "contexts"), "replay", "replay")
		r.setString(v, "replay_id", r.hexText(id[:]))
	}
}

// forceTrace gives every event that is no transaction a trace (9.18).
func (r *run) forceTrace() {
	contexts := r.object(r.d.Root, "contexts")
	trace := r.variantAt("trace", "trace")
	if trace == nil {
		trace = r.newContext(contexts, "trace", "trace")
	}
	id := r.slot(trace, "trace_id")
	if id.IsNull() {
		text := r.d.Root.Get("event_id").Text()
		if text == "" || text == zeroes {
			random := r.in.random("trace_id")
			text = r.hexText(random[:])
		}
		id.SetString(text)
	}
	if span := r.slot(trace, "span_id"); span.IsNull() {
		text := id.Text()
		if text[:16] == zeroes[:16] {
			text = text[16:]
		}
		span.SetString(text[:16])
	}
}
