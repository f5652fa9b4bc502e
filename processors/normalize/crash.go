package normalize

import (
	"encoding/binary"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/processors"
)

// CrashFile is a native crash that Sentry symbolicates later (16).
type CrashFile struct {
	Minidump bool // else an Apple crash report
	Payload  []byte
}

// crashFile describes the file that makes the event a native crash, and counts it: a minidump as its attachment counts.
func crashFile(it *processors.Item, c *Counters) *CrashFile {
	file := &CrashFile{Minidump: it.AttachmentType == envelope.AttachmentMinidump, Payload: it.Payload}
	if file.Minidump {
		c.Minidump.Add(max(len(it.Payload), 1))
	} else {
		c.AppleCrash.Add(len(it.Payload))
	}
	return file
}

// crash puts the placeholder for the crash in front of the client's exceptions (16).
func (r *run) crash(file *CrashFile) {
	root := r.d.Root
	r.slot(root, "platform").SetString("native")
	if level := r.slot(root, "level"); level.IsNull() {
		level.SetString("fatal")
	}
	values := r.object(root, "exception")
	list := r.slot(values, "values")
	if list.Kind() != event.Array {
		list.SetArray(nil)
	}
	placeholder := r.d.NewObject(6)
	placeholder.SetTag(r.at(list).elem.id)
	mechanism := r.object(placeholder, "mechanism")
	r.slot(mechanism, "synthetic").SetBool(true)
	r.slot(mechanism, "handled").SetBool(false)
	if !file.Minidump {
		r.setString(placeholder, "type", "AppleCrashReport")
		r.setString(placeholder, "value", "Invalid Apple Crash Report")
		r.setString(mechanism, "type", "applecrashreport")
		list.Insert(0, "", placeholder)
		return
	}
	r.setString(placeholder, "type", "Minidump")
	r.setString(placeholder, "value", "Invalid Minidump")
	r.setString(mechanism, "type", "minidump")
	if n := list.Len(); n > 0 {
		last := list.Index(n - 1)
		r.copyField(placeholder, last, "thread_id")
		r.copyField(placeholder, last, "stacktrace")
		r.copyField(mechanism, last.Get("mechanism"), "handled")
	}
	list.Insert(0, "", placeholder)
	r.minidump(file.Payload)
}

// copyField copies a non-null member of a struct to another of the same type.
func (r *run) copyField(to, from *event.Value, key string) {
	if x := from.Get(key); !x.IsNull() {
		v := r.slot(to, key)
		c := r.d.Clone(x)
		r.coerce(c, r.at(v))
		to.Set(key, c)
	}
}

// Streams that tell which library wrote a minidump.
const (
	streamCrashpad = 0x43500001
	streamBreakpad = 0x47670001
)

// minidump takes the time and the writing library out of the file's header.
func (r *run) minidump(b []byte) {
	const headerSize, entrySize = 32, 12
	if len(b) < headerSize {
		return
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if string(b[:4]) == "PMDM" {
		order = binary.BigEndian
	} else if string(b[:4]) != "MDMP" {
		return
	}
	count, directory := uint64(order.Uint32(b[8:])), uint64(order.Uint32(b[12:]))
	if order.Uint32(b[4:])&0xffff != 0xa793 || directory+count*entrySize > uint64(len(b)) {
		return
	}
	name := "minidump.unknown"
	for i := range count {
		switch order.Uint32(b[directory+i*entrySize:]) {
		case streamCrashpad:
			name = "minidump.crashpad"
		case streamBreakpad:
			if name == "minidump.unknown" {
				name = "minidump.breakpad"
			}
		}
	}
	root := r.d.Root
	if root.Get("sdk").IsNull() {
		sdk := r.object(root, "sdk")
		r.setString(sdk, "name", name)
		r.setString(sdk, "version", "0.0.0")
	}
	ts := r.slot(root, "timestamp")
	ts.SetMeta(nil)
	r.setTime(ts, momentOf(time.Unix(int64(order.Uint32(b[20:])), 0)))
}
