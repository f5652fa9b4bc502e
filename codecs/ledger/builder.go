package ledger

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"weir/codecs/dsn"
)

// MaxRecordBytes is the size of an encoded record, in bytes, above which a Builder starts another one.
const MaxRecordBytes = 512 << 10

// Builder collects what a batch did. The zero value is ready; it is not safe for concurrent use.
type Builder struct {
	// Replay is the id of the replay run, empty for live traffic.
	Replay string

	rows    map[rowKey]*row
	scratch []byte
}

type rowKey struct {
	project dsn.PublicKey
	hour    int64
	source  Source
}

// row is one record in the making: entries by the signature of their counts.
type row struct {
	entries []Entry
	index   map[string]int
}

// Add records what became of the envelope at one source offset. Counts may hold one category, end and reason several times. Adding an
// offset again does nothing more than the first time if the effect is the same, and is a fault of the caller otherwise.
func (b *Builder) Add(source Source, offset int64, project dsn.PublicKey, hour int64, e Effect) {
	key := rowKey{project, hour, source}
	r := b.rows[key]
	if r == nil {
		if b.rows == nil {
			b.rows = make(map[rowKey]*row)
		}
		r = &row{index: make(map[string]int)}
		b.rows[key] = r
	}
	counts := mergeCounts(e.Counts)
	b.scratch = signature(b.scratch[:0], &e, counts)
	i, ok := r.index[string(b.scratch)]
	if !ok {
		i = len(r.entries)
		r.index[string(b.scratch)] = i
		r.entries = append(r.entries, Entry{
			Envelopes: 1, Items: e.Items, Parked: flag(e.Parked), Dead: flag(e.Dead), Unchecked: e.Unchecked, Sought: flag(e.Sought), Repeated: flag(e.Repeated),
			Counts: counts,
		})
	}
	entry := &r.entries[i]
	entry.addOffset(offset)
	for _, l := range e.Limited {
		l.Offset = offset
		entry.Limited = append(entry.Limited, l)
	}
}

// Records returns what has been added, ordered by source, project key and hour, and empties the Builder. Records of one row and source are in
// ascending order of their offsets and must be emitted in it.
func (b *Builder) Records() []Record {
	records := make([]Record, 0, len(b.rows))
	for key, r := range b.rows {
		record := Record{Project: key.project, Hour: key.hour, Source: key.source, Replay: b.Replay, Entries: r.entries}
		for i := range record.Entries {
			record.Entries[i].sort()
		}
		sortEntries(record.Entries)
		records = appendSplit(records, record)
	}
	b.rows = nil
	slices.SortStableFunc(records, func(x, y Record) int {
		return cmp.Or(strings.Compare(x.Source.Topic, y.Source.Topic), cmp.Compare(x.Source.Partition, y.Source.Partition),
			strings.Compare(string(x.Project), string(y.Project)), cmp.Compare(x.Hour, y.Hour))
	})
	return records
}

// signature appends everything that offsets of one entry have in common.
func signature(b []byte, e *Effect, counts []Count) []byte {
	b = append(b, byte(flag(e.Parked)), byte(flag(e.Dead)), byte(flag(e.Sought)), byte(flag(e.Repeated)))
	for _, n := range [...]uint64{e.Unchecked, e.Items.Received, e.Items.Accepted, e.Items.Discarded, e.Items.Dead} {
		b = binary.AppendUvarint(b, n)
	}
	for _, c := range counts {
		b = append(b, byte(c.Category), byte(c.ID))
		b = binary.AppendUvarint(b, c.Quantity)
		b = binary.AppendUvarint(b, uint64(len(c.Reason)))
		b = append(b, c.Reason...)
	}
	return b
}

// mergeCounts sums equal ends and orders by end, reason and category; nothing with quantity 0 is left.
func mergeCounts(counts []Count) []Count {
	if len(counts) == 0 {
		return nil
	}
	sorted := slices.Clone(counts)
	slices.SortFunc(sorted, func(x, y Count) int {
		return cmp.Or(cmp.Compare(x.ID, y.ID), strings.Compare(string(x.Reason), string(y.Reason)), cmp.Compare(x.Category, y.Category))
	})
	merged := sorted[:0]
	for _, c := range sorted {
		last := len(merged) - 1
		switch {
		case c.Quantity == 0:
		case last >= 0 && merged[last].ID == c.ID && merged[last].Reason == c.Reason && merged[last].Category == c.Category:
			merged[last].Quantity += c.Quantity
		default:
			merged = append(merged, c)
		}
	}
	return merged
}

func flag(v bool) uint64 {
	if v {
		return 1
	}
	return 0
}
