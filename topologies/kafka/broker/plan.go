package broker

import (
	"cmp"
	"slices"
)

// part is what the janitor knows about one partition.
type part struct {
	topic      string
	part       int32
	start, end int64 // first offset; offset of the next record
	bytes      int64
	safe       int64 // everything below is finished by every reader; end when nobody reads the topic
}

// cut deletes the records of a partition below an offset.
type cut struct {
	topic  string
	part   int32
	before int64
}

// floor is the offset up to which the partition may be cut. The last record always stays: a log without records
// would start again at offset 0 after a crash.
func (p part) floor() int64 { return max(p.start, min(p.safe, p.end-1)) }

// finished estimates the bytes below floor.
func (p part) finished() int64 {
	if p.end <= p.start {
		return 0
	}
	return p.bytes * (p.floor() - p.start) / (p.end - p.start)
}

// plan cuts partitions until the finished bytes of all fit into window. All partitions keep an equal share; what a small
// one does not need goes to the others, so a busy topic never pushes a quiet one (dead letters) out.
func plan(parts []part, window int64) []cut {
	byFinished := slices.Clone(parts)
	slices.SortFunc(byFinished, func(a, b part) int { return cmp.Compare(a.finished(), b.finished()) })
	var cuts []cut
	for i, p := range byFinished {
		share := window / int64(len(byFinished)-i)
		have := p.finished()
		if have <= share {
			window -= have
			continue
		}
		window -= share
		if n := (p.floor() - p.start) * (have - share) / have; n > 0 {
			cuts = append(cuts, cut{p.topic, p.part, p.start + n})
		}
	}
	return cuts
}
