package pipeline

import (
	"encoding/binary"
	"hash/fnv"
	"strconv"

	"weir/codecs/outcome"
	"weir/codecs/topic"
)

// A message with outcomes has no natural key (pipeline 9.3), so its sixteen bytes say what it counts: the source partition, the offsets
// whose outcomes are in it, and a sum of what they have in common. After a crash it is then known what has been told.
//
//	0     1 for raw, 2 for released; counters have 0 here
//	1-3   partition
//	4-9   first offset
//	10-12 number of further offsets
//	13-15 sum

// Cover is a stretch of source offsets. The zero value is none.
type Cover struct {
	input       string // topic; not in the key
	source      uint32 // the first four bytes
	first, last int64
	sum         uint32 // 24 bits
}

// tallySource is the number of a source partition in keys, 0 when it has none.
func (p *Pipeline) tallySource(topic string, partition int32) uint32 {
	return sourceOf(p.cfg.Names, topic, partition)
}

func sourceOf(names topic.Names, source string, partition int32) uint32 {
	kind := uint32(0)
	switch source {
	case names.Raw:
		kind = 1
	case names.Released:
		kind = 2
	}
	if kind == 0 || partition < 0 || partition >= 1<<24 {
		return 0
	}
	return kind<<24 | uint32(partition)
}

// bytes returns the key; false when the numbers do not fit.
func (k Cover) bytes() (b [16]byte, ok bool) {
	n := k.last - k.first
	if k.source == 0 || k.first < 0 || k.first >= 1<<48 || n < 0 || n >= 1<<24 {
		return b, false
	}
	binary.BigEndian.PutUint32(b[:], k.source)
	binary.BigEndian.PutUint64(b[4:], uint64(k.first)<<16|uint64(n)>>8)
	binary.BigEndian.PutUint32(b[12:], uint32(n)<<24|k.sum)
	return b, true
}

func readCover(b []byte) (k Cover, ok bool) {
	if len(b) != 16 || b[0] != 1 && b[0] != 2 {
		return k, false
	}
	k.source = binary.BigEndian.Uint32(b)
	word := binary.BigEndian.Uint64(b[4:])
	k.first = int64(word >> 16)
	low := binary.BigEndian.Uint32(b[12:])
	k.last, k.sum = k.first+int64(word&0xffff)<<8+int64(low>>24), low&0xffffff
	return k, true
}

// Covers reports whether an outcome message with this key counts the outcomes of the record at an offset of raw or released, if it has any
// like those in the message.
func Covers(names topic.Names, key []byte, source string, partition int32, offset int64) bool {
	k, ok := readCover(key)
	return ok && k.source != 0 && k.source == sourceOf(names, source, partition) && k.first <= offset && offset <= k.last
}

// tallySum is the sum of what tallies of one message have in common; the public key is not in the message itself, nor is the input topic,
// which tells installations apart that write to the same topics.
func tallySum(input string, t *outcome.Tally) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(input))
	_, _ = h.Write(strconv.AppendInt(append([]byte(t.Scope.Key), ' '), t.Timestamp.Unix(), 10))
	_, _ = h.Write(append([]byte{byte(t.ID), byte(t.Category)}, t.Reason...))
	sum := h.Sum32()
	return (sum ^ sum>>24) & 0xffffff
}
