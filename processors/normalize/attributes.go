package normalize

import (
	"strings"

	"weir/codecs/event"
)

// attributeName says what became of a deprecated attribute of spans. The table is made of the public sentry-conventions
// data (MIT): attributes whose deprecation has a replacement, and whether the value is moved or copied.
type attributeName struct {
	replacement string
	move        bool
}

// keyMarker stands in the table for the variable last part of a name.
const keyMarker = "<key>"

// attributeNames finds deprecated names: whole ones, and prefixes of names with a variable end.
type attributeNames struct {
	exact    map[string]attributeName
	prefixes map[string]attributeName
}

func readAttributeNames() attributeNames {
	names := attributeNames{exact: make(map[string]attributeName), prefixes: make(map[string]attributeName)}
	for _, row := range readTable("attribute_names") {
		a := attributeName{row[1], row[2] == "move"}
		if prefix, ok := strings.CutSuffix(row[0], keyMarker); ok {
			a.replacement = strings.TrimSuffix(a.replacement, keyMarker)
			names.prefixes[prefix] = a
		} else {
			names.exact[row[0]] = a
		}
	}
	return names
}

func (names *attributeNames) find(key string) (attributeName, bool) {
	if a, ok := names.exact[key]; ok {
		return a, true
	}
	if i := strings.LastIndexByte(key, '.'); i >= 0 {
		if a, ok := names.prefixes[key[:i+1]]; ok {
			a.replacement += key[i+1:]
			return a, true
		}
	}
	return attributeName{}, false
}

// canonicalAttributes gives the data of the trace context and of the spans their current names (11.7).
func (r *run) canonicalAttributes() {
	r.renameAttributes(r.variantAt("trace", "trace").Get("data"))
	for _, m := range r.d.Root.Get("spans").Members() {
		r.renameAttributes(m.Value.Get("data"))
	}
}

func (r *run) renameAttributes(data *event.Value) {
	if data.Kind() != event.Object {
		return
	}
	names := &theLists().attributes
	kids := append([]event.Member(nil), data.Members()...)
	for _, m := range kids {
		a, ok := names.find(m.Key)
		if !ok || m.Value.IsNull() {
			continue
		}
		if data.Find(a.replacement) < 0 {
			v := r.unknownKey(data, a.replacement)
			tag := v.Tag()
			v.Take(r.d.Copy(m.Value))
			v.SetTag(tag)
		}
		if a.move {
			m.Value.SetNull()
			m.Value.SetMeta(nil)
			r.d.AddRemark(m.Value, event.Remark{Rule: "attribute.deprecated", Type: 'x'})
		}
	}
}
