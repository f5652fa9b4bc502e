package pipeline_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"weir/codecs/deadletter"
	"weir/topologies/kafka"
	"weir/topologies/outcomes"
	"weir/topologies/pipeline"

	"github.com/twmb/franz-go/pkg/kadm"
)

// A topic takes less than it did at the start: what does not fit any more is a dead letter with its original bytes, and
// everything else goes on, in both deliveries.
func TestARefusedMessageIsADeadLetter(t *testing.T) {
	for _, d := range kafka.AllDeliveries {
		t.Run(d.String(), func(t *testing.T) {
			h := open(t, d)
			h.warm()
			adm, done, err := h.cluster.Admin()
			h.must(err)
			defer done()
			limit := "20000"
			_, err = adm.AlterTopicConfigs(t.Context(), []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "max.message.bytes", Value: &limit}}, "ingest-events")
			h.must(err)
			noise := make([]byte, 30_000)
			_, _ = rand.Read(noise)
			for i := range 20 {
				h.send(h.record(enabled, fmt.Sprint("accept ", i)))
			}
			poison := h.record(enabled, "accept "+hex.EncodeToString(noise), "drop")
			h.send(poison)
			for i := range 20 {
				h.send(h.record(enabled, fmt.Sprint("accept ", 20+i)))
			}
			s := h.settle()
			if s.Envelopes.Received != 42 || s.Envelopes.Dead != 1 || s.Items != (outcomes.Items{Received: 43, Accepted: 41, Dead: 2}) || s.Envelopes.Duplicates != 0 {
				t.Errorf("%+v %+v", s.Envelopes, s.Items)
			}
			l, err := deadletter.Decode(h.read(names.DeadLetters, 1)[0].Value)
			h.must(err)
			if l.Reason != pipeline.ReasonTooLarge || l.Unit != -1 || !bytes.Contains(l.Value, []byte(hex.EncodeToString(noise))) || !strings.Contains(l.Detail, "ingest-events") {
				t.Errorf("%s %s unit %d, %d bytes", l.Reason, l.Detail, l.Unit, len(l.Value))
			}
			got := map[string]int{}
			for _, r := range h.read("ingest-events", 41) {
				got[string(r.Value)]++
			}
			if len(got) != 41 {
				t.Errorf("%d different messages", len(got))
			}
		})
	}
}
