package metric

import (
	"slices"
	"strconv"
	"strings"

	"weir/codecs/dsn"
	"weir/codecs/jsontext"
)

// Kind is the type letter of a metric.
type Kind byte

// The kinds that weir makes.
const (
	Counter Kind = 'c'
	Set     Kind = 's'
)

// Tag is one name and value. Names are unique within a bucket.
type Tag struct{ Name, Value string }

// Bucket is a counter or set of one name, time slot and tag list.
type Bucket struct {
	Kind       Kind
	Name       string  // `c:sessions/session@none`
	Timestamp  int64   // Unix seconds
	Tags       []Tag   // ascending by name once normalised
	Value      float64 // of a counter
	Members    []uint32
	ReceivedAt int64 // Unix seconds; 0: unknown
}

// Namespace returns the part of the name between `:` and `/`.
func (b *Bucket) Namespace() string {
	_, rest, _ := strings.Cut(b.Name, ":")
	ns, _, _ := strings.Cut(rest, "/")
	return ns
}

// Hash is a member of a set: 32-bit FNV-1a of a text (pipeline 10.3).
func Hash(s string) uint32 {
	h := uint32(0x811C9DC5)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 0x01000193
	}
	return h
}

// size estimates the bytes of a message (pipeline 10.4).
func (b *Bucket) size() int {
	n := 50 + len(b.Name) + 8*max(len(b.Members), 1)
	for _, t := range b.Tags {
		n += len(t.Name) + len(t.Value)
	}
	return n
}

// Split cuts a set that would exceed maxBytes into several buckets of the same key; other buckets come back alone.
func (b *Bucket) Split(maxBytes int) []Bucket {
	size := b.size()
	if b.Kind != Set || size <= maxBytes {
		return []Bucket{*b}
	}
	each := max((maxBytes-(size-8*len(b.Members)))/8, 1)
	var parts []Bucket
	for part := range slices.Chunk(b.Members, each) {
		p := *b
		p.Members = part
		parts = append(parts, p)
	}
	return parts
}

// AppendMessage appends the JSON message of pipeline 10.4.
func (b *Bucket) AppendMessage(dst []byte, org dsn.OrgID, project dsn.ProjectID, retentionDays uint16) []byte {
	dst = strconv.AppendUint(append(dst, `{"org_id":`...), uint64(org), 10)
	dst = strconv.AppendUint(append(dst, `,"project_id":`...), uint64(project), 10)
	dst = jsontext.AppendString(append(dst, `,"name":`...), b.Name)
	dst = append(append(append(dst, `,"type":"`...), byte(b.Kind)), `","value":`...)
	if b.Kind == Set {
		dst = append(dst, '[')
		for i, m := range b.Members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = strconv.AppendUint(dst, uint64(m), 10)
		}
		dst = append(dst, ']')
	} else {
		dst = jsontext.AppendFloat(dst, b.Value)
	}
	dst = strconv.AppendInt(append(dst, `,"timestamp":`...), b.Timestamp, 10)
	dst = append(dst, `,"tags":{`...)
	for i, t := range b.Tags {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsontext.AppendString(dst, t.Name)
		dst = jsontext.AppendString(append(dst, ':'), t.Value)
	}
	dst = strconv.AppendUint(append(dst, `},"retention_days":`...), uint64(retentionDays), 10)
	if b.ReceivedAt != 0 {
		dst = strconv.AppendInt(append(dst, `,"received_at":`...), b.ReceivedAt, 10)
	}
	return append(dst, '}')
}
