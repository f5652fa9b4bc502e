package minidump

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"
)

// builder writes dumps: texts first, the directory at the end.
type builder struct {
	order   binary.AppendByteOrder
	file    []byte
	streams [][3]uint32 // type, size, offset
}

func newBuilder(order binary.AppendByteOrder) *builder {
	return &builder{order: order, file: make([]byte, headerSize)}
}

func (b *builder) put(data []byte) (at uint32) {
	at = uint32(len(b.file))
	b.file = append(b.file, data...)
	return at
}

func (b *builder) u32(dst []byte, values ...uint32) []byte {
	for _, v := range values {
		dst = b.order.AppendUint32(dst, v)
	}
	return dst
}

func (b *builder) stream(kind uint32, data []byte) {
	b.streams = append(b.streams, [3]uint32{kind, uint32(len(data)), b.put(data)})
}

// list writes a list stream whose entries are given in 32-bit words; gap is what aligns them.
func (b *builder) list(kind uint32, gap int, entries ...[]uint32) {
	data := append(b.u32(nil, uint32(len(entries))), make([]byte, gap)...)
	for _, e := range entries {
		data = b.u32(data, e...)
	}
	b.stream(kind, data)
}

func (b *builder) wide(s string) (at uint32) {
	var text []byte
	for _, u := range utf16.Encode([]rune(s)) {
		text = b.order.AppendUint16(text, u)
	}
	return b.put(append(b.u32(nil, uint32(len(text))), text...))
}

func (b *builder) done() []byte {
	dir := uint32(len(b.file))
	for _, s := range b.streams {
		b.file = b.u32(b.file, s[:]...)
	}
	head := b.u32(nil, 0x504d444d, 0xa793, uint32(len(b.streams)), dir)
	copy(b.file, head)
	return b.file
}

func thread(stack, size uint32) []uint32 { return []uint32{1, 0, 0, 0, 0, 0, 0, 0, size, stack, 0, 0} }

func module(name, record, size uint32) []uint32 {
	m := make([]uint32, moduleSize/4)
	m[5], m[19], m[20] = name, size, record
	return m
}

func whole(order binary.AppendByteOrder) []byte {
	b := newBuilder(order)
	stack, heap := b.put([]byte("stack text")), b.put([]byte("heap text"))
	name, other := b.wide("/opt/é/app"), b.wide("C:\\b.dll")
	pdb70 := b.put(append(b.u32(nil, 0x53445352, 0, 0, 0, 0, 0), "c:\\u\\app.pdb\x00junk"...))
	pdb20 := b.put(append(b.u32(nil, 0x3031424e, 0, 0, 0), "b.pdb"...))
	b.list(streamThreads, 0, thread(stack, 10))
	b.list(streamMemory, 4, []uint32{0, 0, 10, stack}, []uint32{0, 0, 9, heap}, []uint32{0, 0, 0, heap})
	b.list(streamModules, 0, module(name, pdb70, 24+17), module(other, pdb20, 16+5), module(other, 0, 0))
	b.stream(streamLinuxEnviron, []byte("A=b\x00"))
	b.stream(streamLinuxCmdLine, []byte("app\x00"))
	return b.done()
}

func texts(t *testing.T, file []byte) []string {
	t.Helper()
	parts, err := Parts(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range parts {
		out = append(out, [...]string{"stack", "heap", "process", "code", "debug"}[p.Kind]+" "+strings.ReplaceAll(string(file[p.Start:p.End]), "\x00", ""))
	}
	return out
}

func TestParts(t *testing.T) {
	got := texts(t, whole(binary.LittleEndian))
	want := []string{
		"stack stack text", "heap heap text", "process A=b", "process app", "code /opt/\xe9/app", "debug c:\\u\\app.pdb", "code C:\\b.dll", "debug b.pdb", "code C:\\b.dll",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if again := texts(t, whole(binary.BigEndian)); !reflect.DeepEqual(again, want) {
		t.Errorf("big endian: %q", again)
	}
}

func TestUnreadable(t *testing.T) {
	good := whole(binary.LittleEndian)
	for name, change := range map[string]func([]byte) []byte{
		"empty":            func([]byte) []byte { return nil },
		"signature":        func(b []byte) []byte { b[0] = 'X'; return b },
		"version":          func(b []byte) []byte { b[4]++; return b },
		"header only":      func(b []byte) []byte { return b[:headerSize] },
		"many streams":     func(b []byte) []byte { b[11] = 0xff; return b },
		"no directory":     func(b []byte) []byte { return b[:len(b)-1] },
		"no thread list":   func(b []byte) []byte { b[len(b)-60] = 99; return b },
		"no memory list":   func(b []byte) []byte { b[len(b)-48] = 99; return b },
		"no module list":   func(b []byte) []byte { b[len(b)-36] = 99; return b },
		"stream too long":  func(b []byte) []byte { b[len(b)-33] = 0xff; return b },
		"count too large":  func(b []byte) []byte { return corrupt(b, streamMemory, 0, 200) },
		"region too long":  func(b []byte) []byte { return corrupt(b, streamMemory, 8+11, 0xff) },
		"name too far":     func(b []byte) []byte { return corrupt(b, streamModules, 4+23, 0xff) },
		"record too large": func(b []byte) []byte { return corrupt(b, streamModules, 4+79, 0xff) },
		"record too small": func(b []byte) []byte { return corrupt(b, streamModules, 4+76, 8) },
	} {
		if parts, err := Parts(change(bytes.Clone(good))); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v, %v", name, parts, err)
		}
	}
}

// corrupt sets a byte of a stream.
func corrupt(b []byte, stream uint32, at int, value byte) []byte {
	for dir := int(binary.LittleEndian.Uint32(b[12:])); dir < len(b); dir += directorySize {
		if binary.LittleEndian.Uint32(b[dir:]) == stream {
			b[int(binary.LittleEndian.Uint32(b[dir+8:]))+at] = value
		}
	}
	return b
}

// FuzzParts checks the invariant: every range lies within the file.
func FuzzParts(f *testing.F) {
	f.Add(whole(binary.LittleEndian))
	f.Add(whole(binary.BigEndian))
	f.Fuzz(func(t *testing.T, file []byte) {
		parts, err := Parts(file)
		if err != nil && parts != nil {
			t.Fatalf("%v and %v", parts, err)
		}
		for _, p := range parts {
			if p.Start < 0 || p.End <= p.Start || p.End > len(file) {
				t.Fatalf("%+v of %d bytes", p, len(file))
			}
		}
	})
}

// BenchmarkParts reads the directory of a dump with 1000 modules and regions.
func BenchmarkParts(b *testing.B) {
	d := newBuilder(binary.LittleEndian)
	var modules, regions [][]uint32
	for range 1000 {
		name := d.wide("/usr/lib/x86_64-linux-gnu/libexample.so.6")
		modules = append(modules, module(name, 0, 0))
		regions = append(regions, []uint32{0, 0, 64, headerSize})
	}
	d.list(streamThreads, 0, thread(0, 0))
	d.list(streamMemory, 0, regions...)
	d.list(streamModules, 0, modules...)
	file := d.done()
	b.ReportAllocs()
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if _, err := Parts(file); err != nil {
			b.Fatal(err)
		}
	}
}

// TestShared: a list may not name the same large region many times over; two modules with one name are common.
func TestShared(t *testing.T) {
	b := newBuilder(binary.LittleEndian)
	region := b.put(make([]byte, 4096))
	b.list(streamThreads, 0, thread(0, 0))
	var regions [][]uint32
	for range 2 * maxShare {
		regions = append(regions, []uint32{0, 0, 4096, region})
	}
	b.list(streamMemory, 0, regions...)
	b.list(streamModules, 0)
	if _, err := Parts(b.done()); !errors.Is(err, errShared) {
		t.Errorf("%d times the same region: %v", 2*maxShare, err)
	}
}
