package normalize

import "weir/codecs/event"

// reservedTags are keys that Sentry sets itself (9.9).
var reservedTags = map[string]bool{"release": true, "dist": true, "user": true, "filename": true, "function": true}

// tags cleans the list and moves what belongs elsewhere (9.9).
func (r *run) tags() {
	root := r.d.Root
	tags := r.slot(root, "tags")
	if tags.IsNull() {
		tags.SetArray(nil)
	}
	environment := root.Get("environment")
	if environment != nil && isBlank(environment) && environment.Meta().IsEmpty() {
		environment.SetNull()
	}
	if i, pair := findPair(tags, "environment"); i >= 0 {
		tags.RemoveAt(i)
		if environment.IsNull() {
			if s, ok := pair.Index(1).Str(); ok {
				r.setString(root, "environment", s)
			}
		}
	}
	r.uniqueTags(tags)
	for _, m := range tags.Members() {
		for i := range m.Value.Len() {
			if part := m.Value.Index(i); part.Kind() == event.String && part.Text() == "" {
				part.SetMeta(nil)
				r.d.AddError(part, event.InvalidData, "expected a non-empty value")
				part.SetNull()
			}
		}
	}
	for _, key := range [...]string{"server_name", "site"} {
		v := root.Get(key)
		if s, ok := v.Str(); ok {
			r.setTag(key, s).SetMeta(v.Meta())
		}
		root.Delete(key)
	}
}

// uniqueTags removes reserved keys and later duplicates; null elements stay.
func (r *run) uniqueTags(tags *event.Value) {
	kids := tags.Members()
	var seen map[string]bool
	if len(kids) > 32 {
		seen = make(map[string]bool, len(kids))
	}
	out := 0
	for _, m := range kids {
		if !m.Value.IsNull() {
			key, ok := m.Value.Index(0).Str()
			if ok && reservedTags[key] || duplicateTag(kids[:out], key, ok, seen) {
				continue
			}
		}
		kids[out] = m
		out++
	}
	tags.Truncate(out)
}

// duplicateTag reports whether the key, or null, is among the tags before. Long lists use a set.
func duplicateTag(before []event.Member, key string, isText bool, seen map[string]bool) bool {
	if seen != nil {
		id := "="
		if isText {
			id += key
		} else {
			id = ""
		}
		if seen[id] {
			return true
		}
		seen[id] = true
		return false
	}
	for _, m := range before {
		if m.Value.IsNull() {
			continue
		}
		if k, ok := m.Value.Index(0).Str(); ok == isText && k == key {
			return true
		}
	}
	return false
}

// setTag replaces the value of a tag in place, or appends it, and returns it. Metadata of an old value is dropped.
func (r *run) setTag(key, value string) *event.Value {
	tags := r.slot(r.d.Root, "tags")
	if tags.IsNull() {
		tags.SetArray(nil)
	}
	if i, pair := findPair(tags, key); i >= 0 {
		v := pair.Index(1)
		v.SetMeta(nil)
		v.SetString(value)
		return v
	}
	return r.appendPair(tags, key, value).Index(1)
}

// hasTag reports whether a tag says something; one without a value does not.
func (r *run) hasTag(key string) bool {
	_, pair := findPair(r.d.Root.Get("tags"), key)
	return !pair.Index(1).IsNull()
}

// breadcrumbs fills type and level (9.8).
func (r *run) breadcrumbs() {
	for _, m := range r.d.Root.At("breadcrumbs", "values").Members() {
		crumb := m.Value
		if crumb.IsNull() {
			continue
		}
		if ty := r.slot(crumb, "type"); isBlank(ty) {
			ty.SetString("default")
		}
		if level := r.slot(crumb, "level"); level.IsNull() {
			level.SetString("info")
		}
	}
}
