package ratelimit

import (
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/outcome"
)

// A reason code that is there and empty stays there, in headers and on the topic.
func TestBlankReason(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l := Limit{Categories: []outcome.Category{outcome.Error}, Scope: ScopeOf(ScopeProject, dsn.Scoping{Project: 42}), Reason: outcome.Blank, Expires: now.Add(time.Minute)}
	if h := Header([]Limit{l}, now); h != "60:error:project:" {
		t.Error(h)
	}
	_, value := EncodeRecord(l)
	if got, err := DecodeRecord(value); err != nil || got.Reason != outcome.Blank {
		t.Errorf("%q, %v", got.Reason, err)
	}
	if m := string(outcome.AppendMessage(nil, outcome.Tally{Timestamp: now, ID: outcome.RateLimited, Reason: outcome.Blank, Category: outcome.Error, Quantity: 1}, "")); m !=
		`{"timestamp":"2027-01-15T08:00:00.000000Z","project_id":0,"outcome":2,"reason":"","category":1,"quantity":1}` {
		t.Error(m)
	}
}
