package profile

// Objects that more than one format has (items 9.3).

var frame = object(shape{
	{key: "abs_path", need: optional, rule: text},
	{key: "colno", alias: "column", need: optional, rule: unsigned32},
	{key: "filename", alias: "file", need: optional, rule: text},
	{key: "function", alias: "name", need: optional, rule: text},
	{key: "in_app", need: optional, rule: boolean},
	{key: "instruction_addr", need: optional, rule: address},
	{key: "lineno", alias: "line", need: optional, rule: unsigned32},
	{key: "module", need: optional, rule: text},
	{key: "package", need: optional, rule: text},
	{key: "platform", need: optional, rule: text},
})

var stacks = list(list(unsigned64))

var threadMetadata = dict(object(shape{
	{key: "name", need: optional, rule: text},
	{key: "priority", need: optional, rule: unsigned32},
}))

var queueMetadata = dict(object(shape{{key: "label", rule: text}}))

var debugMeta = object(shape{{key: "images", rule: list(object(shape{
	{key: "code_file", alias: "name", need: optional, rule: text},
	{key: "debug_id", alias: "id", need: optional, rule: debugID},
	{key: "type", rule: oneOf(map[string]string{"jvm": "jvm", "macho": "macho", "proguard": "proguard", "sourcemap": "sourcemap", "symbolic": "symbolic"})},
	{key: "image_addr", need: optional, rule: address},
	{key: "image_vmaddr", need: optional, rule: address},
	{key: "image_size", need: defaulted, terse: true, rule: unsignedText},
	{key: "uuid", alias: "build_id", need: optional, rule: dashed},
}))}})

// measurements are series of values, each with the given time.
func measurements(at field) rule {
	return dict(object(shape{
		{key: "unit", rule: oneOf(map[string]string{
			"ns": "nanosecond", "nanosecond": "nanosecond", "byte": "byte", "percent": "percent", "hz": "hertz", "hertz": "hertz", "nj": "nanojoule", "nanojoule": "nanojoule",
		})},
		{key: "values", rule: list(object(shape{at, {key: "value", rule: floatText}}))},
	}))
}

var elapsedMeasurements = measurements(field{key: "elapsed_since_start_ns", rule: unsignedText})

var clientSDK = object(shape{{key: "name", rule: text}, {key: "version", rule: text}})

var transaction = object(transactionShape)

var transactionShape = shape{
	{key: "id", rule: uuid},
	{key: "name", rule: text},
	{key: "trace_id", rule: uuid},
	{key: "segment_id", need: optional, rule: spanID},
	{key: "active_thread_id", need: zeroed, rule: unsignedText},
	{key: "relative_cpu_end_ms", need: defaulted, terse: true, rule: unsignedText},
	{key: "relative_cpu_start_ms", need: defaulted, terse: true, rule: unsignedText},
	{key: "relative_end_ns", need: defaulted, terse: true, rule: unsignedText},
	{key: "relative_start_ns", need: defaulted, terse: true, rule: unsignedText},
}
