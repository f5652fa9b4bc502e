package otlp

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"weir/codecs/event"
	"weir/codecs/record"
)

// bag adds attributes of which the first of a name counts.
type bag struct {
	*record.Attributes
	names map[string]bool // once there are many
}

// manyNames is the number of attributes from which on their names are looked up in a map.
const manyNames = 64

// taken reports whether there is an attribute of the name; the next one is taken to be added.
func (b *bag) taken(name string) bool {
	if b.names == nil {
		if b.Map.Len() < manyNames {
			return b.Has(name)
		}
		b.names = make(map[string]bool, 4*manyNames)
		for _, m := range b.Map.Members() {
			b.names[m.Key] = true
		}
	}
	if b.names[name] {
		return true
	}
	b.names[name] = true
	return false
}

// put appends an attribute that is not there yet.
func (b *bag) put(name, kind string, value *event.Value) {
	if b.names == nil {
		b.Set(name, kind, value)
		return
	}
	x := b.Doc.NewObject(2)
	x.SetMembers(append(x.Members(), event.Member{Key: "type", Value: b.Doc.NewString(kind)}, event.Member{Key: "value", Value: value}))
	b.Map.SetMembers(append(b.Map.Members(), event.Member{Key: name, Value: x}))
}

// add writes a value as an attribute unless there is one of the name; what has no form is left out.
func (b *bag) add(name string, v *anyValue) {
	d := b.Doc
	kind, x := record.TypeArray, (*event.Value)(nil)
	switch v.kind {
	case anyArray:
		x = d.NewArray(len(v.list))
		for i := range v.list {
			if e := scalar(d, &v.list[i].value); e != nil {
				x.Append(e)
			}
		}
	case anyList:
		kind, x = record.TypeString, d.NewString(jsonText(d, v))
	default:
		kind, x = types[v.kind], scalar(d, v)
	}
	if x != nil && !b.taken(name) {
		b.put(name, kind, x)
	}
}

func (b *bag) text(name, text string) {
	if text != "" && !b.taken(name) {
		b.put(name, record.TypeString, b.Doc.NewString(text))
	}
}

var types = [...]string{anyEmpty: "", anyText: record.TypeString, anyBytes: record.TypeString, anyBool: record.TypeBoolean, anyInt: record.TypeInteger, anyDouble: record.TypeDouble}

// scalar is the JSON of a value that is one; nil for others.
func scalar(d *event.Doc, v *anyValue) *event.Value {
	switch v.kind {
	case anyText:
		return d.NewString(v.text)
	case anyBytes:
		if utf8.ValidString(v.text) {
			return d.NewString(v.text)
		}
	case anyBool:
		return d.NewBool(v.n != 0)
	case anyInt:
		return d.NewInt(v.n)
	case anyDouble:
		if v.f-v.f == 0 { // finite
			return d.NewFloat(v.f)
		}
		return d.NewNull()
	}
	return nil
}

// jsonText is a list or map as compact JSON, without lists in it.
func jsonText(d *event.Doc, v *anyValue) string {
	kids := d.NewMembers(len(v.list))
	for i := range v.list {
		if e := scalar(d, &v.list[i].value); e != nil {
			kids = append(kids, event.Member{Key: v.list[i].key, Value: e})
		}
	}
	x := d.NewArray(0)
	if v.kind == anyList {
		event.SortMembers(kids)
		out := kids[:0]
		for i := range kids {
			if i+1 == len(kids) || kids[i+1].Key != kids[i].Key { // the last one of a key counts
				out = append(out, kids[i])
			}
		}
		kids, x = out, d.NewObject(0)
	}
	x.SetMembers(kids)
	return d.Intern(x.AppendTo(nil))
}

// bodyOf is the text of a log; false: it has none.
func bodyOf(d *event.Doc, v *anyValue) (string, bool) {
	switch v.kind {
	case anyText:
		return v.text, true
	case anyBytes:
		return v.text, utf8.ValidString(v.text)
	case anyBool:
		return strconv.FormatBool(v.n != 0), true
	case anyInt:
		return strconv.FormatInt(v.n, 10), true
	case anyDouble:
		switch text := strconv.FormatFloat(v.f, 'f', -1, 64); text {
		case "+Inf":
			return "inf", true
		case "-Inf":
			return "-inf", true
		default:
			return text, true
		}
	case anyArray, anyList:
		return jsonText(d, v), true
	}
	return "", false
}

// shared writes attributes: the record's own first, because they win, then those of its scope and resource.
func (o *origin) shared(a *record.Attributes, own []keyValue, originName string) {
	b := bag{Attributes: a}
	for _, kv := range slices.Backward(own) { // the last one of a name counts
		b.add(kv.key, &kv.value)
	}
	d := a.Doc
	b.text("sentry.origin", originName)
	for _, kv := range slices.Backward(o.scope.attributes) {
		b.add(d.Concat("instrumentation.", kv.key), &kv.value)
	}
	b.text("instrumentation.name", o.scope.name)
	b.text("instrumentation.version", o.scope.version)
	for _, kv := range slices.Backward(o.resource) {
		b.add(d.Concat("resource.", kv.key), &kv.value)
		if kv.key == "telemetry.sdk.language" && kv.value.kind == anyText {
			b.text("sentry.platform", platform(kv.value.text))
		}
	}
}

// platform is the name that an SDK's language has here.
func platform(language string) string {
	switch language {
	case "dotnet":
		return "csharp"
	case "nodejs":
		return "node"
	case "js", "webjs":
		return "javascript"
	}
	return language
}

// levelOf reads the severity of a log.
func levelOf(number int32, text string) string {
	switch {
	case number >= 1 && number <= 4:
		return "trace"
	case number >= 5 && number <= 8:
		return "debug"
	case number >= 9 && number <= 12:
		return "info"
	case number >= 13 && number <= 16:
		return "warn"
	case number >= 17 && number <= 20:
		return "error"
	case number >= 21 && number <= 24:
		return "fatal"
	}
	switch text = strings.ToLower(text); text {
	case "trace", "debug", "info", "warn", "error", "fatal":
		return text
	case "warning":
		return "warn"
	}
	return "info"
}
