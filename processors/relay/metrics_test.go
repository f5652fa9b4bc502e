package relay_test

import (
	"testing"

	"weir/codecs/envelope"
	"weir/processors"
	"weir/processors/relay"
)

// Strangers may count sessions alone; what a trusted relay sends stays as it is.
func TestMetrics(t *testing.T) {
	const session = `{"timestamp":1,"width":1,"name":"c:sessions/session@none","type":"c","value":3,"other":[1]}`
	const outcomes = `{"timestamp":1,"width":0,"name":"c:outcomes/filtered@none","type":"c","value":1}`
	for _, c := range []struct {
		trusted    bool
		body, want string
		fate       processors.Fate
	}{
		{false, "[" + outcomes + "," + session + "," + session + "]", "[" + session + "," + session + "]", processors.FateOpen},
		{false, "[" + outcomes + "]", "", processors.FateDropped},
		{false, "no list", "", processors.FateDropped},
		{true, "[" + outcomes + "]", "[" + outcomes + "]", processors.FateOpen},
		{true, "no list", "no list", processors.FateOpen},
	} {
		it := &processors.Item{Item: envelope.Item{Type: envelope.TypeMetricBuckets, Payload: []byte(c.body), Length: len(c.body)}}
		u := &processors.Unit{Facts: &processors.Facts{Trusted: c.trusted}, Kind: processors.KindMetrics, Items: []*processors.Item{it}}
		relay.Metrics(t.Context(), u)
		if it.Fate != c.fate || c.want != "" && (string(it.Payload) != c.want || it.Length != len(c.want)) {
			t.Errorf("%s: %s %v", c.body, it.Payload, it.Fate)
		}
	}
}
