package ingest_test

import (
	"math"
	"testing"

	"weir/codecs/ingest"
)

func TestStartOfEvent(t *testing.T) {
	for _, start := range []int64{0, 1, 127, 128, 255, 256, 65535, 65536, 1790000000, 1 << 32, math.MaxInt64, -1, -32, -33, -128, -129, -40000, -1 << 40} {
		for _, size := range []int{0, 1, 255, 256, 70000} {
			m := ingest.AppendEvent(nil, ingest.EventMessage{Payload: make([]byte, size), StartTime: start})
			if got, ok := ingest.StartOfEvent(m); !ok || got != start {
				t.Errorf("%d, payload of %d bytes: %d, %v", start, size, got, ok)
			}
			for n := range min(len(m)-60, 40) { // cut off
				ingest.StartOfEvent(m[:n])
			}
		}
	}
	for _, m := range [][]byte{nil, {0x87}, []byte(`{"type":"event"}`), ingest.AppendUserReport(nil, ingest.UserReport{}), ingest.AppendCheckIn(nil, ingest.CheckIn{})} {
		if _, ok := ingest.StartOfEvent(m); ok {
			t.Errorf("%x", m)
		}
	}
}

func TestAlike(t *testing.T) {
	for _, c := range []struct {
		value []byte
		want  bool
	}{
		{ingest.AppendUserReport(nil, ingest.UserReport{}), true},
		{ingest.AppendCheckIn(nil, ingest.CheckIn{}), true},
		{ingest.AppendEvent(nil, ingest.EventMessage{}), false},
		{ingest.AppendAttachment(nil, ingest.AttachmentMessage{}), false},
		{ingest.AppendProfile(nil, ingest.Profile{}), false},
		{[]byte(`{"type":"check_in"}`), false},
		{nil, false},
	} {
		if got := ingest.Alike(c.value); got != c.want {
			t.Errorf("%x: %v", c.value, got)
		}
	}
}

func FuzzStartOfEvent(f *testing.F) {
	f.Add(ingest.AppendEvent(nil, ingest.EventMessage{Payload: []byte("{}"), StartTime: 1790000000}))
	f.Add(ingest.AppendEvent(nil, ingest.EventMessage{StartTime: -7}))
	f.Fuzz(func(_ *testing.T, b []byte) { ingest.StartOfEvent(b) })
}
