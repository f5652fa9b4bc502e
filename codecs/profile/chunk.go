package profile

import (
	"cmp"
	"slices"

	"weir/codecs/event"
)

// maxChunk is the longest time between the first and the last sample of a chunk, in seconds.
const maxChunk = 66

// chunk are the members of a chunk with samples, version 2.
var chunk = shape{
	{key: "measurements", need: defaulted, terse: true, rule: measurements(field{key: "timestamp", rule: float})},
	{key: "chunk_id", rule: uuid},
	{key: "profiler_id", rule: uuid},
	{key: "debug_meta", need: defaulted, rule: debugMeta},
	{key: "environment", need: optional, rule: text},
	{key: "platform", rule: text},
	{key: "content_type", need: optional, rule: text},
	{key: "release", need: nullable, rule: text},
	{key: "client_sdk", rule: clientSDK},
	{key: "version", rule: text},
	{key: "profile", need: defaulted, rule: object(shape{
		{key: "samples", rule: list(object(shape{
			{key: "timestamp", rule: float},
			{key: "stack_id", rule: unsigned64},
			{key: "thread_id", rule: text},
		}))},
		{key: "stacks", rule: stacks},
		{key: "frames", rule: list(frame)},
		{key: "thread_metadata", need: defaulted, terse: true, rule: threadMetadata},
	})},
}

// expandChunk checks a chunk with samples and drops what cannot be used.
func expandChunk(d *event.Doc) error {
	root := d.Root
	if root.At("debug_meta", "images").Len() == 0 {
		root.Delete("debug_meta")
	}
	if root.Get("profile").IsNull() {
		return ErrFewSamples
	}
	p := newSampled(root.Get("profile"))
	p.dropIdle()
	if err := p.check(); err != nil {
		return err
	}
	list := p.samples()
	slices.SortStableFunc(list, func(a, b event.Member) int { return cmp.Compare(instant(a.Value), instant(b.Value)) })
	if instant(list[len(list)-1].Value)-instant(list[0].Value) > maxChunk {
		return ErrLong
	}
	if root.Get("platform").Text() == "cocoa" {
		p.maskAddresses()
	}
	p.dropMetadata("thread_metadata", "thread_id")
	if p.root.Get("thread_metadata").Len() == 0 {
		p.root.Delete("thread_metadata")
	}
	return nil
}

func instant(sample *event.Value) float64 {
	f, _ := sample.Get("timestamp").Float()
	return f
}
