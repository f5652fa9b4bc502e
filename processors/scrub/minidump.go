package scrub

import (
	"encoding/binary"
	"strings"

	"weir/codecs/minidump"
	"weir/processors/scrub/selector"
)

// The names that parts of a minidump have in selectors (scrub 9.3).
const (
	keyStack = "stack_memory"
	keyHeap  = "heap_memory"
	keyCode  = "code_file"
	keyDebug = "debug_file"
)

// dumpParts says how parts of a minidump are offered.
var dumpParts = [...]struct {
	key   string
	types selector.Types
	level selector.Sensitivity
}{
	minidump.Stack:   {keyStack, selector.Binary | selector.StackMemory, selector.Maybe},
	minidump.Heap:    {keyHeap, selector.Binary | selector.HeapMemory, selector.True},
	minidump.Process: {"", selector.Binary, selector.True},
	minidump.Code:    {keyCode, selector.String, selector.True},
	minidump.Debug:   {keyDebug, selector.String, selector.True},
}

// Minidump scrubs the parts of a minidump that is called name (scrub 9.3). It returns the content, which is the same slice when nothing was
// found and else a copy of the same length.
func (c *Compiled) Minidump(name string, content []byte) []byte {
	if c.attachments == nil {
		return content
	}
	return c.attachments.minidump(name, content)
}

// minidump scrubs the parts of a minidump; a file that cannot be read as one is a plain attachment. The content keeps its
// length.
func (a *attachments) minidump(name string, content []byte) []byte {
	parts, err := minidump.Parts(content)
	if err != nil {
		return a.scrub(name, content)
	}
	s := &contents{content: content}
	for _, p := range parts {
		t := &dumpParts[p.Kind]
		path := []selector.Component{selector.Root(0), selector.Root(selector.Attachments), selector.Field(name, selector.Minidump), selector.Field(t.key, t.types)}
		start, end := p.Start, p.End
		switch p.Kind {
		case minidump.Code:
			end = wideDirectory(content[start:end]) + start
		case minidump.Debug:
			end = max(strings.LastIndexAny(string(content[start:end]), `/\`), 0) + start
		}
		if start == end {
			continue
		}
		for _, c := range a.set.Candidates(t.level, &path[3]) {
			if c.Matches(path) {
				s.part(p.Kind, start, end, a.apps[c.At])
			}
		}
	}
	return s.content
}

// part applies rules to a range of a minidump.
func (b *contents) part(kind minidump.Kind, start, end int, rules []byteRule) {
	part := contents{content: b.content[start:end], copied: b.copied}
	for i := range rules {
		for k := range rules[i].tests {
			switch r, t := &rules[i].redaction, &rules[i].tests[k]; kind {
			case minidump.Code:
				part.wide(r, t.wide, 0, end-start)
			case minidump.Debug:
				part.bytes(r, t, func([]span) {})
			default:
				part.test(r, t)
			}
		}
	}
	if part.copied && !b.copied {
		b.change()
		copy(b.content[start:], part.content)
	}
}

// wideDirectory returns the length in bytes of the directory of a UTF-16LE path, without the last separator; 0 when it has
// none.
func wideDirectory(path []byte) int {
	for i := len(path)/2*2 - 2; i >= 0; i -= 2 {
		if c := binary.LittleEndian.Uint16(path[i:]); c == '/' || c == '\\' {
			return i
		}
	}
	return 0
}
