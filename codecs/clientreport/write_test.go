package clientreport_test

import (
	"reflect"
	"testing"
	"time"

	"weir/codecs/clientreport"
	"weir/codecs/outcome"
)

func TestAppend(t *testing.T) {
	rep := clientreport.Report{Timestamp: time.Unix(1790000000, 0).UTC()}
	for _, o := range []struct {
		id     outcome.ID
		reason outcome.Reason
		sent   bool
	}{
		{outcome.ClientDiscard, "queue_overflow", true}, {outcome.RateLimited, "", true}, {outcome.Filtered, "error-message", true}, {outcome.Filtered, "Sampled:1000,3000", true},
		{outcome.Invalid, "missing_signature", true}, {outcome.Invalid, "cors", false}, {outcome.Accepted, "", false},
	} {
		e, ok := clientreport.EntryOf(o.id, o.reason, outcome.Error, 3)
		if ok != o.sent {
			t.Errorf("%v %q: sent %v", o.id, o.reason, ok)
		}
		if ok {
			rep.Entries = append(rep.Entries, e)
		}
	}
	b := rep.AppendTo(nil)
	want := `{"timestamp":1790000000,"discarded_events":[{"reason":"queue_overflow","category":"error","quantity":3},{"reason":"missing_signature","category":"error","quantity":3}],` +
		`"rate_limited_events":[{"reason":"","category":"error","quantity":3}],"filtered_events":[{"reason":"error-message","category":"error","quantity":3}],` +
		`"filtered_sampling_events":[{"reason":"Sampled:1000,3000","category":"error","quantity":3}]}`
	if string(b) != want {
		t.Errorf("%s", b)
	}
	back, err := clientreport.Parse(b)
	if err != nil || len(back.Entries) != len(rep.Entries) || !back.Timestamp.Equal(rep.Timestamp) {
		t.Errorf("%+v %v", back, err)
	}
	empty := clientreport.Report{}
	if back, err := clientreport.Parse(empty.AppendTo(nil)); err != nil || !reflect.DeepEqual(back.Entries, empty.Entries) {
		t.Errorf("%s: %v", empty.AppendTo(nil), err)
	}
}
