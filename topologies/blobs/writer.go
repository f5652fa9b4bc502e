package blobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"weir/codecs/raw"
	"weir/codecs/topic"
	"weir/topologies/kafka/producer"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Writer writes bodies in chunks, for records that are made behind the edge.
type Writer struct {
	Topic string
	Chunk int // bytes; 0: topic.MaxRawEnvelope
}

// Write returns the manifest of a body when all its chunks are acknowledged. Chunks of a body that failed expire unread.
func (w Writer) Write(ctx context.Context, out producer.Sink, receipt raw.ReceiptID, body []byte) (*raw.Manifest, error) {
	size := w.Chunk
	if size <= 0 {
		size = topic.MaxRawEnvelope
	}
	key := []byte(receipt.String())
	type ack struct {
		r   *kgo.Record
		err error
	}
	n := (len(body) + size - 1) / size
	acks := make(chan ack, n)
	for i := range n {
		chunk := body[i*size : min((i+1)*size, len(body))]
		out.Produce(ctx, &kgo.Record{Topic: w.Topic, Key: key, Value: chunk, Headers: []kgo.RecordHeader{{Key: topic.HeaderReceipt, Value: key},
			{Key: topic.HeaderChunk, Value: strconv.AppendInt(nil, int64(i), 10)}}}, func(r *kgo.Record, err error) { acks <- ack{r, err} })
	}
	sum := sha256.Sum256(body)
	m := &raw.Manifest{Length: len(body), SHA256: hex.EncodeToString(sum[:]), Offsets: make([]int64, 0, n)}
	for range n { // acknowledged in order: they are in one partition
		a := <-acks
		if a.err != nil {
			return nil, fmt.Errorf("write a large envelope: %w", a.err)
		}
		m.Partition = a.r.Partition
		m.Offsets = append(m.Offsets, a.r.Offset)
	}
	return m, nil
}
