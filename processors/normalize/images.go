package normalize

import "weir/codecs/event"

// legacyImages turns apple images into macho ones (9.6 A).
func (r *run) legacyImages() {
	images := r.d.Root.At("debug_meta", "images")
	if images.Kind() != event.Array {
		return
	}
	var macho *node
	for _, n := range r.at(images).elem.variants {
		if n.name == "macho" {
			macho = n
		}
	}
	for _, m := range images.Members() {
		image := m.Value
		if r.at(image).name != "apple" || image.IsNull() {
			continue
		}
		other := r.at(image).st.other.id
		kids := image.Members()
		out := kids[:0]
		for _, kid := range kids {
			key := kid.Key
			switch key {
			case "cpu_type", "cpu_subtype", "type":
				if kid.Value.Tag() != other {
					continue
				}
			case "name":
				key = "code_file"
			case "uuid":
				key = "debug_id"
			}
			n := macho.st.other
			if f, _ := macho.st.keys.find(key); f >= 0 && kid.Value.Tag() != other {
				n = macho.st.fields[f]
			}
			kid.Key = key
			kid.Value.SetTag(n.id)
			out = append(out, kid)
		}
		sortMembers(out)
		image.SetObject(out)
		image.SetTag(macho.id)
		r.setTypeTag(image, "macho")
	}
}

// images deletes images of types that nobody can use (9.6 B).
func (r *run) images() {
	for _, m := range r.d.Root.At("debug_meta", "images").Members() {
		if !m.Value.IsNull() && r.at(m.Value).name == "*" {
			fits := r.estimate(m.Value) < event.MaxOriginal
			if original := r.d.Detach(m.Value); fits {
				r.d.MetaOf(m.Value).Original = original
			}
			r.d.AddError(m.Value, event.InvalidData, "unsupported debug image type")
		}
	}
}
