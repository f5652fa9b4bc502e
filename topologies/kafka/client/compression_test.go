package client_test

import (
	"strings"
	"testing"

	"weir/topologies/kafka/client"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kgo"
)

// The options decide what batches are compressed with, and every client reads all of it.
func TestCompression(t *testing.T) {
	cluster := kafkatest.Cluster(t, 1, "t")
	value := strings.Repeat("all of this is the same ", 100)
	reader, err := cluster.New(kgo.ConsumeTopics("t"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reader.Close)
	for _, c := range []struct {
		opts []kgo.Opt
		want kgo.CompressionCodecType
	}{{nil, kgo.CodecLz4}, {client.Compression(kgo.NoCompression()), kgo.CodecNone}, {client.Compression(kgo.GzipCompression()), kgo.CodecGzip},
		{client.Compression(kgo.SnappyCompression()), kgo.CodecSnappy}, {client.Compression(kgo.ZstdCompression()), kgo.CodecZstd}} {
		cl, err := cluster.New(append(c.opts, kgo.DefaultProduceTopic("t"))...)
		if err != nil {
			t.Fatal(err)
		}
		kafkatest.Produce(t, cl, kgo.StringRecord(value))
		cl.Close()
		recs := reader.PollFetches(t.Context()).Records()
		if len(recs) != 1 {
			t.Fatalf("codec %d: %d records", c.want, len(recs))
		}
		if r := recs[0]; string(r.Value) != value || r.Attrs.CompressionType() != uint8(c.want) {
			t.Errorf("codec %d: %d bytes, compressed with %d", c.want, len(r.Value), r.Attrs.CompressionType())
		}
	}
}
