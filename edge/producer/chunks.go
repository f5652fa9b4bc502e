package producer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"weir/codecs/envelope"
	"weir/codecs/raw"
	"weir/codecs/topic"
	"weir/edge"
)

const (
	// window is how many chunks of one envelope may be on their way at a time.
	window = 8
	// maxHead bounds the headers that a manifest repeats.
	maxHead = 64 << 10
)

// writeChunks writes the body to blobs and, when all chunks are acknowledged, a manifest to raw (house 1.3). All chunks have one
// key and so one partition. Chunks whose manifest is missing expire unread.
func (p *Producer) writeChunks(ctx context.Context, r *raw.Record) error {
	key := envelope.EventID(r.Receipt).AppendHyphenated(make([]byte, 0, 36))
	m := raw.Manifest{Length: len(r.Body), Head: head(r.Body)}
	var pending []*delivery
	var failure error
	oldest := func() {
		partition, offset, err := p.waitOffset(ctx, pending[0], abandonChunk)
		pending = pending[1:]
		if failure == nil {
			failure = err
		}
		m.Partition = partition
		m.Offsets = append(m.Offsets, offset)
	}
	for rest, n := r.Body, 0; len(rest) > 0 && failure == nil; {
		size := min(len(rest), p.cfg.ChunkBytes)
		headers := []raw.Header{{Key: topic.HeaderReceipt, Value: key}, {Key: topic.HeaderChunk, Value: strconv.AppendInt(nil, int64(n), 10)}}
		if d := p.produce(ctx, p.cfg.Topics.Blobs, key, rest[:size:size], headers); d != nil {
			pending = append(pending, d)
			rest = rest[size:]
			n++
		} else if len(pending) == 0 {
			failure = edge.ErrFull
		} else { // room comes with the answer to an earlier chunk
			oldest()
		}
		if len(pending) == window {
			oldest()
		}
	}
	sum := sha256.Sum256(r.Body)
	m.SHA256 = hex.EncodeToString(sum[:])
	for len(pending) > 0 {
		oldest()
	}
	if failure != nil {
		return failure
	}
	manifest := *r
	manifest.Body, manifest.Manifest = nil, &m
	d := p.send(ctx, p.cfg.Topics.Raw, &manifest)
	if d == nil {
		return edge.ErrFull
	}
	return p.wait(ctx, d)
}

// abandonChunk makes a late chunk a failure: its manifest is not going to be written.
func abandonChunk(reason error) error { return reason }

// head returns the header lines of an envelope as AppendTo writes it, without payloads; empty if it has too many of them.
func head(b []byte) string {
	e, err := envelope.Parse(b)
	if err != nil {
		return ""
	}
	lines, rest := []byte(nil), b
	for i := -1; i < len(e.Items) && len(lines) <= maxHead; i++ {
		if i >= 0 {
			lines = append(lines, '\n')
		}
		line, tail, _ := bytes.Cut(rest, []byte("\n"))
		lines = append(lines, line...)
		if i >= 0 {
			tail = tail[min(len(e.Items[i].Payload)+1, len(tail)):]
		}
		rest = tail
	}
	if len(lines) > maxHead {
		return ""
	}
	return string(lines)
}
