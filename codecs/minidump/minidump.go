package minidump

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Kind says what a part of a dump is.
type Kind uint8

// The kinds of parts.
const (
	Stack   Kind = iota // a memory region that is the stack of a thread
	Heap                // any other memory region
	Process             // environment and command line, as Linux has them
	Code                // the name of a module, UTF-16LE
	Debug               // the name of a module's debug file, bytes up to the first NUL
)

// Part is a range of the file: file[Start:End].
type Part struct {
	Kind       Kind
	Start, End int
}

// ErrFormat is wrapped by every error about a dump that cannot be read.
var ErrFormat = errors.New("invalid minidump")

// The stream types that matter.
const (
	streamThreads      = 3
	streamModules      = 4
	streamMemory       = 5
	streamLinuxCmdLine = 0x47670006
	streamLinuxEnviron = 0x47670007
)

// Sizes of the structures, in bytes.
const (
	headerSize    = 32
	directorySize = 12
	threadSize    = 48
	memorySize    = 16
	moduleSize    = 108
)

// maxStreams bounds the directory.
const maxStreams = 1 << 16

// maxShare bounds how often the bytes of a file may be part of something, in the mean. Regions of a real dump do not overlap and some of its modules
// share a name; without a bound a small list of large regions would cost as much as many files.
const maxShare = 8

// Parts lists the parts of a dump: memory regions in the order of the file's list, then the process texts, then per module its name and
// the name of its debug file. A dump without thread, memory or module list, or with a name that cannot be read, is an error;
// so are lists of 64-bit memory, which have no regions of their own.
func Parts(file []byte) ([]Part, error) {
	d, err := open(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return d.parts, nil
}

type dump struct {
	file    []byte
	order   binary.ByteOrder
	streams map[uint32]location
	stacks  map[uint32]bool // where they begin
	parts   []Part
	total   int // bytes of the parts
}

// location is a size and an offset in the file.
type location struct{ size, at uint32 }

func open(file []byte) (*dump, error) {
	d := &dump{file: file, order: binary.LittleEndian, stacks: make(map[uint32]bool)}
	for _, read := range []func() error{d.header, d.threads, d.memory, d.process, d.modules} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

var (
	errShort = errors.New("a structure goes beyond the end of the file")
	errMagic = errors.New("no minidump signature")
	// errShared: also a dump in which everything overlaps.
	errShared = errors.New("its parts overlap each other many times")
)

// bytes returns size bytes of the file.
func (d *dump) bytes(at, size uint64) ([]byte, error) {
	if at > uint64(len(d.file)) || size > uint64(len(d.file))-at {
		return nil, errShort
	}
	return d.file[at : at+size], nil
}

func (d *dump) header() error {
	b, err := d.bytes(0, headerSize)
	if err != nil {
		return err
	}
	switch string(b[:4]) {
	case "MDMP":
	case "PMDM":
		d.order = binary.BigEndian
	default:
		return errMagic
	}
	if d.order.Uint32(b[4:])&0xffff != 0xa793 {
		return errors.New("unknown version")
	}
	n := d.order.Uint32(b[8:])
	if n > maxStreams {
		return errors.New("too many streams")
	}
	dir, err := d.bytes(uint64(d.order.Uint32(b[12:])), uint64(n)*directorySize)
	if err != nil {
		return err
	}
	d.streams = make(map[uint32]location)
	for ; len(dir) > 0; dir = dir[directorySize:] {
		d.streams[d.order.Uint32(dir)] = d.location(dir[4:])
	}
	return nil
}

func (d *dump) location(b []byte) location { return location{d.order.Uint32(b), d.order.Uint32(b[4:])} }

// part adds a range of the file.
func (d *dump) part(kind Kind, l location) error {
	if _, err := d.bytes(uint64(l.at), uint64(l.size)); err != nil {
		return err
	}
	if d.total += int(l.size); d.total > maxShare*len(d.file) {
		return errShared
	}
	if l.size > 0 {
		d.parts = append(d.parts, Part{kind, int(l.at), int(l.at) + int(l.size)})
	}
	return nil
}

// list returns the entries of a list stream: a count, entries of one size, and in between what aligns them to 8 bytes.
func (d *dump) list(stream uint32, size uint64) ([]byte, error) {
	l, ok := d.streams[stream]
	if !ok {
		return nil, fmt.Errorf("no stream %d", stream)
	}
	b, err := d.bytes(uint64(l.at), uint64(l.size))
	if err != nil {
		return nil, err
	}
	if len(b) < 4 {
		return nil, errShort
	}
	all := uint64(d.order.Uint32(b)) * size
	switch rest := uint64(len(b)); {
	case rest == 4+all:
		return b[4:], nil
	case rest == 8+all:
		return b[8:], nil
	}
	return nil, fmt.Errorf("stream %d does not have the size of its list", stream)
}

func (d *dump) threads() error {
	b, err := d.list(streamThreads, threadSize)
	for ; err == nil && len(b) > 0; b = b[threadSize:] {
		d.stacks[d.location(b[32:]).at] = true
	}
	return err
}

func (d *dump) memory() error {
	b, err := d.list(streamMemory, memorySize)
	for ; err == nil && len(b) > 0; b = b[memorySize:] {
		l, kind := d.location(b[8:]), Heap
		if d.stacks[l.at] {
			kind = Stack
		}
		err = d.part(kind, l)
	}
	return err
}

func (d *dump) process() error {
	for _, stream := range []uint32{streamLinuxEnviron, streamLinuxCmdLine} {
		if l, ok := d.streams[stream]; ok {
			if err := d.part(Process, l); err != nil {
				return err
			}
		}
	}
	return nil
}
