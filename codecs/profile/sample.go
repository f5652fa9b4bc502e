package profile

import (
	"time"

	"weir/codecs/event"
)

// maxDuration is the latest last sample of a transaction's profile.
const maxDuration = 30 * time.Second

// metadata are the members of version 1 beside the samples.
var metadata = shape{
	{key: "version", rule: text},
	{key: "debug_meta", need: optional, rule: debugMeta},
	{key: "device", rule: object(shape{
		{key: "architecture", rule: text},
		{key: "is_emulator", need: optional, rule: boolean},
		{key: "locale", need: optional, rule: text},
		{key: "manufacturer", need: optional, rule: text},
		{key: "model", need: optional, rule: text},
	})},
	{key: "os", rule: object(shape{
		{key: "name", rule: text},
		{key: "version", rule: text},
		{key: "build_number", need: optional, rule: text},
	})},
	{key: "runtime", need: optional, rule: object(shape{{key: "name", rule: text}, {key: "version", rule: text}})},
	{key: "environment", need: defaulted, terse: true, rule: text},
	{key: "event_id", alias: "profile_id", rule: uuid},
	{key: "platform", rule: text},
	{key: "timestamp", rule: moment},
	{key: "release", need: optional, terse: true, rule: text},
	{key: "dist", need: defaulted, terse: true, rule: text},
	{key: "transactions", need: defaulted, terse: true, rule: list(transaction)},
	{key: "transaction", need: optional, rule: transaction},
}

// samples are the other members of version 1.
var samples = shape{
	{key: "measurements", need: optional, rule: elapsedMeasurements},
	{key: "profile", rule: object(shape{
		{key: "samples", rule: list(object(shape{
			{key: "stack_id", rule: unsigned64},
			{key: "thread_id", rule: unsignedText},
			{key: "elapsed_since_start_ns", rule: unsignedText},
			{key: "queue_address", need: optional, rule: text},
		}))},
		{key: "stacks", rule: stacks},
		{key: "frames", rule: list(frame)},
		{key: "thread_metadata", need: optional, rule: threadMetadata},
		{key: "queue_metadata", need: optional, rule: queueMetadata},
	})},
}

// whole are all members of version 1 in the order in which they are written; those of a transaction's facts come last.
var whole = append(append(shape{samples[0]}, metadata...), append(factFields, samples[1])...)

// expandSample drops what cannot be used from a profile of version 1. Its metadata were checked before.
func expandSample(d *event.Doc) error {
	root := d.Root
	if !samples.apply(d, root, false) {
		return ErrJSON
	}
	if root.Get("platform").Text() == "cocoa" && !isAppleDevice(root) {
		return ErrMetadata
	}
	if err := chooseTransaction(root); err != nil {
		return err
	}
	tx := root.Get("transaction")
	if tx.Get("id").Text() == nilID || tx.Get("trace_id").Text() == nilID || tx.Get("name").Text() == "" {
		return ErrTransaction
	}
	p := newSampled(root.Get("profile"))
	if end, _ := tx.Get("relative_end_ns").Uint(); end > 0 {
		start, _ := tx.Get("relative_start_ns").Uint()
		p.keep(func(s *event.Value) bool {
			at, _ := s.Get("elapsed_since_start_ns").Uint()
			return start <= at && at <= end
		})
	}
	p.trimIdle()
	p.dropSingle()
	if err := p.check(); err != nil {
		return err
	}
	last, _ := p.samples()[len(p.samples())-1].Value.Get("elapsed_since_start_ns").Uint()
	if last > uint64(maxDuration) {
		return ErrLong
	}
	if a := root.At("device", "architecture").Text(); root.Get("platform").Text() == "cocoa" && (a == "arm64" || a == "arm64e") {
		p.maskAddresses()
	}
	p.dropMetadata("thread_metadata", "thread_id")
	p.dropMetadata("queue_metadata", "queue_address")
	return nil
}

func isAppleDevice(root *event.Value) bool {
	device := root.Get("device")
	for _, key := range [...]string{"is_emulator", "locale", "manufacturer", "model"} {
		if device.Get(key).IsNull() {
			return false
		}
	}
	return !root.At("os", "build_number").IsNull()
}

// chooseTransaction makes the first of the transactions the one of the profile where none is named.
func chooseTransaction(root *event.Value) error {
	if !root.Get("transaction").IsNull() {
		return nil
	}
	all := root.Get("transactions")
	if all.Len() == 0 {
		return ErrNoTransaction
	}
	first := all.Index(0)
	root.Delete("transactions")
	root.Set("transaction", first)
	return nil
}

// nilID is the id of nothing.
const nilID = "00000000000000000000000000000000"
