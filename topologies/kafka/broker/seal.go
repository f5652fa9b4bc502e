package broker

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// snapshot is kfake's snapshot.json of a partition, as far as seal writes it.
type snapshot struct {
	Version          int               `json:"version"`
	HighWatermark    int64             `json:"high_watermark"`
	LastStableOffset int64             `json:"last_stable_offset"`
	LogStartOffset   int64             `json:"log_start_offset"`
	Epoch            int32             `json:"epoch"`
	CreatedAt        time.Time         `json:"created_at"`
	MaxTimestamp     int64             `json:"max_timestamp"`
	Segments         []snapshotSegment `json:"segments"`
}

type snapshotSegment struct {
	BaseOffset int64 `json:"base_offset"`
	Size       int64 `json:"size"`
}

// seal prepares a directory that a killed process left behind. kfake replays a partition without a matching snapshot by
// holding all of its batches in memory, all partitions at once: the whole log. seal reads the batch headers only and
// writes the snapshots that a clean stop would have written. A partition with transactions is left to the replay, which
// works out which of them were aborted.
func seal(dir string) error {
	root := filepath.Join(dir, "partitions")
	ds, err := os.ReadDir(root)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, d := range ds {
		if err := sealPartition(filepath.Join(root, d.Name())); err != nil {
			return fmt.Errorf("recover %s: %w", d.Name(), err)
		}
	}
	return nil
}

func sealPartition(dir string) error {
	bases, sizes, err := segments(dir)
	if err != nil || len(bases) == 0 {
		return err
	}
	path := filepath.Join(dir, "snapshot.json")
	var old snapshot
	if b, err := os.ReadFile(path); err == nil && json.Unmarshal(b, &old) == nil && old.matches(bases, sizes) {
		return nil
	}
	s := snapshot{Version: 1, LogStartOffset: -1}
	for i, base := range bases {
		size, plain, err := s.scan(filepath.Join(dir, strconv.FormatInt(base, 10)+".dat"), sizes[i])
		if err != nil || !plain {
			return err
		}
		s.Segments = append(s.Segments, snapshotSegment{base, size})
	}
	if s.LogStartOffset < 0 {
		return nil // no batch at all
	}
	s.LogStartOffset = max(s.LogStartOffset, min(old.LogStartOffset, s.HighWatermark))
	s.LastStableOffset = s.HighWatermark
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".tmp", b, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

func (s snapshot) matches(bases, sizes []int64) bool {
	if s.Version != 1 || len(s.Segments) != len(bases) {
		return false
	}
	for i, seg := range s.Segments {
		if seg.BaseOffset != bases[i] || seg.Size != sizes[i] {
			return false
		}
	}
	return true
}

// segments lists the segment files of a partition in order.
func segments(dir string) (bases, sizes []int64, err error) {
	es, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	bySize := map[int64]int64{}
	for _, e := range es {
		name, isData := strings.CutSuffix(e.Name(), ".dat")
		base, err := strconv.ParseInt(name, 10, 64)
		if !isData || err != nil {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, nil, err
		}
		bases, bySize[base] = append(bases, base), info.Size()
	}
	slices.Sort(bases)
	for _, b := range bases {
		sizes = append(sizes, bySize[b])
	}
	return bases, sizes, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Positions in the header of a record batch (Kafka's format, magic 2).
const (
	atLength      = 8
	atEpoch       = 12
	atCRC         = 17
	atAttributes  = 21
	atLastDelta   = 23
	atFirstTime   = 27
	atMaxTime     = 35
	headerLength  = 61
	transactional = 0x10 | 0x20 // data or control batch of a transaction
)

// scan walks over the batch headers of one segment and cuts off what was being written when the process died. It returns
// the size, and false when there are transactions.
func (s *snapshot) scan(path string, size int64) (end int64, plain bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, false, err
	}
	defer func() { _ = f.Close() }()
	var h [headerLength]byte
	pos := int64(0)
	for pos+headerLength <= size {
		if _, err := f.ReadAt(h[:], pos); err != nil {
			return 0, false, err
		}
		n := 12 + int64(binary.BigEndian.Uint32(h[atLength:]))
		if n < headerLength || pos+n > size {
			break
		}
		if pos+n == size { // only the last batch can be half there
			whole, err := intact(f, pos, n)
			if err != nil {
				return 0, false, err
			}
			if !whole {
				break
			}
		}
		if binary.BigEndian.Uint16(h[atAttributes:])&transactional != 0 {
			return 0, false, nil
		}
		first := int64(binary.BigEndian.Uint64(h[:]))
		if s.LogStartOffset < 0 {
			s.LogStartOffset = first
			s.CreatedAt = time.UnixMilli(int64(binary.BigEndian.Uint64(h[atFirstTime:])))
		}
		s.HighWatermark = first + int64(int32(binary.BigEndian.Uint32(h[atLastDelta:]))) + 1
		s.Epoch = int32(binary.BigEndian.Uint32(h[atEpoch:]))
		s.MaxTimestamp = max(s.MaxTimestamp, int64(binary.BigEndian.Uint64(h[atMaxTime:])))
		pos += n
	}
	if pos < size {
		if err := f.Truncate(pos); err != nil {
			return 0, false, err
		}
	}
	return pos, true, nil
}

// intact checks the checksum of the batch at pos.
func intact(f *os.File, pos, n int64) (bool, error) {
	b := make([]byte, n)
	if _, err := f.ReadAt(b, pos); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return crc32.Checksum(b[atAttributes:], castagnoli) == binary.BigEndian.Uint32(b[atCRC:]), nil
}
