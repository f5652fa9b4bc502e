package normalize

import "weir/codecs/event"

// deviceClass computes the tag device.class from the device context (9.10).
func (r *run) deviceClass() {
	tags := r.d.Root.Get("tags")
	if i, _ := findPair(tags, "device.class"); i >= 0 {
		tags.RemoveAt(i)
	}
	if class := classify(r.variantAt("device", "device")); class != "" {
		r.setTag("device.class", class)
	}
}

func classify(device *event.Value) string {
	family, ok := device.Get("family").Str()
	if !ok {
		return ""
	}
	switch family {
	case "iPhone", "iOS", "iOS-Device":
		model, ok := device.Get("model").Str()
		if !ok {
			return ""
		}
		if class, ok := theLists().appleDevices[model]; ok && model != "*" {
			return class
		}
		return theLists().appleDevices["*"]
	}
	mhz, ok1 := device.Get("processor_frequency").Uint()
	count, ok2 := device.Get("processor_count").Uint()
	memory, ok3 := device.Get("memory_size").Uint()
	const gib = 1 << 30
	switch {
	case !ok1 || !ok2 || !ok3:
		return ""
	case mhz < 2000 || count < 8 || memory < 4*gib:
		return "1"
	case mhz < 2500 || memory < 6*gib:
		return "2"
	}
	return "3"
}
