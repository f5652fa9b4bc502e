package rawrecord

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"weir/codecs/deadletter"
	"weir/codecs/envelope"
	"weir/codecs/raw"
)

func TestEncodeAndDecode(t *testing.T) {
	at := time.UnixMilli(1_800_000_000_123).UTC()
	for name, rec := range map[string]raw.Record{
		"small": {Receipt: raw.NewReceipt(at, [10]byte{1}), ReceivedAt: at, Key: "a94ae32be2584e0bbd7a4cbb95971fee", Items: 1, Body: []byte("{}\n")},
		"full": {Receipt: raw.NewReceipt(at, [10]byte{2}), EventID: envelope.EventID{3}, ReceivedAt: at, Key: "a94ae32be2584e0bbd7a4cbb95971fee", Project: 42,
			Sampling: "b94ae32be2584e0bbd7a4cbb95971fee", ParkedAt: at.Add(time.Second), Items: 2, Manifest: &raw.Manifest{Partition: 1, Offsets: []int64{7, 8}, Length: 9, SHA256: strings.Repeat("f", 64)}},
		"aside": {Receipt: raw.NewReceipt(at, [10]byte{4}), ReceivedAt: at, Key: "a94ae32be2584e0bbd7a4cbb95971fee", Items: 1, ByKey: true, Body: []byte("{}\n"), Aside: &raw.Aside{Failed: 3, Due: at}},
	} {
		out := Encode("t", &rec)
		got := Decode(&out)
		again := Encode("t", got)
		if out.Topic != "t" || got.Err != nil || got.Receipt != rec.Receipt || !reflect.DeepEqual(got.Manifest, rec.Manifest) || !bytes.Equal(got.Body, rec.Body) {
			t.Errorf("%s: %+v", name, got)
		}
		if !reflect.DeepEqual(again, out) {
			t.Errorf("%s: written again it is another one:\n%+v\n%+v", name, again, out)
		}
	}
}

func TestDeadLetterFits(t *testing.T) {
	l := deadletter.Letter{Reason: "undecodable", Step: "pipeline", Detail: "why", Unit: -1, Topic: "weir-raw", Partition: 1, Offset: 2, At: time.Unix(1_800_000_000, 0).UTC(),
		Key: []byte("k"), Value: []byte(strings.Repeat("x", 10_000)), Headers: []raw.Header{{Key: "h", Value: []byte("v")}}}
	for max, kept := range map[int]bool{1 << 20: true, 5_000: false} {
		out := DeadLetter("t", max, l)
		got, err := deadletter.Decode(out.Value)
		if err != nil || len(out.Key)+len(out.Value) > max || (got.Value != nil) != kept || got.Offset != 2 || !strings.HasSuffix(got.Detail, "why") {
			t.Errorf("at most %d bytes: %d bytes, %+v, %v", max, len(out.Key)+len(out.Value), got, err)
		}
	}
}
