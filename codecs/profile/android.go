package profile

import (
	"bytes"
	"encoding/base64"

	"weir/codecs/event"
)

// android are the members of an Android profile of a transaction. What tells the transaction beside the transaction itself is older.
var android = shape{
	{key: "android_api_level", rule: unsigned32},
	{key: "build_id", need: defaulted, terse: true, rule: text},
	{key: "debug_meta", need: optional, rule: debugMeta},
	{key: "device_cpu_frequencies", rule: list(unsigned32)},
	{key: "device_is_emulator", rule: boolean},
	{key: "device_locale", rule: text},
	{key: "device_manufacturer", rule: text},
	{key: "device_model", rule: text},
	{key: "device_os_name", rule: text},
	{key: "device_os_version", rule: text},
	{key: "device_physical_memory_bytes", rule: unsignedText},
	{key: "duration_ns", need: defaulted, rule: unsignedText},
	{key: "environment", need: defaulted, terse: true, rule: text},
	{key: "platform", rule: text},
	{key: "profile_id", rule: uuid},
	{key: "release", need: optional, terse: true, rule: text},
	{key: "dist", need: defaulted, terse: true, rule: text},
	{key: "version_code", rule: text},
	{key: "version_name", rule: text},
	{key: "timestamp", need: optional, rule: moment},
	{key: "trace_id", need: defaulted, rule: uuid},
	{key: "transaction_id", need: defaulted, rule: uuid},
	{key: "transaction_name", need: defaulted, terse: true, rule: text},
	{key: "active_thread_id", need: defaulted, rule: unsignedText},
	{key: "transactions", need: defaulted, terse: true, rule: list(transaction)},
	{key: "transaction", need: optional, rule: transaction},
	{key: "transaction_metadata", need: defaulted, rule: dict(text)},
	{key: "transaction_tags", need: defaulted, rule: dict(text)},
	{key: "client_sdk", need: optional, rule: clientSDK},
}

// traces are the other members of an Android profile.
var traces = shape{
	{key: "measurements", need: optional, rule: elapsedMeasurements},
	{key: "js_profile", need: optional, rule: dict(anything)},
	{key: "profile", need: optional, rule: dict(anything)},
	{key: "sampled_profile", need: defaulted, rule: text},
}

// wholeAndroid are all members of an Android profile.
var wholeAndroid = append(append(shape{}, android...), traces...)

// androidChunk are the members of a chunk with an Android trace.
var androidChunk = shape{
	{key: "measurements", need: defaulted, terse: true, rule: measurements(field{key: "timestamp", rule: float})},
	{key: "chunk_id", rule: uuid},
	{key: "profiler_id", rule: uuid},
	{key: "build_id", need: defaulted, terse: true, rule: text},
	{key: "debug_meta", need: optional, rule: debugMeta},
	{key: "client_sdk", rule: clientSDK},
	{key: "duration_ns", need: defaulted, rule: unsigned64},
	{key: "environment", need: defaulted, terse: true, rule: text},
	{key: "platform", rule: text},
	{key: "release", rule: text},
	{key: "timestamp", rule: float},
	{key: "version", rule: text},
	{key: "sampled_profile", need: defaulted, rule: text},
}

// versionTrace is the version of chunks with Android traces.
const versionTrace = "2.android-trace"

func expandAndroid(d *event.Doc) error {
	root := d.Root
	if !traces.apply(d, root, false) {
		return ErrJSON
	}
	if root.Get("transaction").IsNull() && root.Get("transactions").Len() == 0 && root.Get("transaction_name").Text() != "" {
		root.Set("transaction", olderTransaction(d, root))
	}
	if err := chooseTransaction(root); err != nil {
		return err
	}
	return checkTrace(root.Get("sampled_profile").Text())
}

// olderTransaction is the transaction as older SDKs tell it, each member beside the profile's.
func olderTransaction(d *event.Doc, root *event.Value) *event.Value {
	member := func(key string, missing *event.Value) *event.Value {
		if v := root.Get(key); !v.IsNull() {
			return v
		}
		return missing
	}
	tx := d.NewObject(4)
	tx.Set("id", member("transaction_id", d.NewString(nilID)))
	tx.Set("name", root.Get("transaction_name"))
	tx.Set("trace_id", member("trace_id", d.NewString(nilID)))
	tx.Set("active_thread_id", member("active_thread_id", d.NewUint(0)))
	return tx
}

func expandAndroidChunk(d *event.Doc) error {
	if !androidChunk.apply(d, d.Root, true) {
		return ErrJSON
	}
	if err := checkTrace(d.Root.Get("sampled_profile").Text()); err != nil {
		return err
	}
	d.Root.Set("version", d.NewString(versionTrace))
	return nil
}

// checkTrace looks whether a text holds a trace of Android's method tracer: a readable head, `*end`, and records behind their magic.
func checkTrace(encoded string) error {
	trace, err := base64.RawStdEncoding.DecodeString(encoded)
	if err != nil {
		return ErrBase64
	}
	if len(trace) == 0 {
		return ErrFewSamples
	}
	_, records, found := bytes.Cut(trace, []byte("\n*end\n"))
	if !bytes.HasPrefix(trace, []byte("*version\n")) || !found || !bytes.HasPrefix(records, []byte("SLOW")) {
		return ErrTrace
	}
	return nil
}
