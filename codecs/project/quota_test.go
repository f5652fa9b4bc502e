package project

import (
	"reflect"
	"testing"

	"weir/codecs/outcome"
)

func parseOneQuota(t *testing.T, text string) (valid *Quota, faults []string) {
	t.Helper()
	s, err := Parse([]byte(`{"config":{"quotas":[` + text + `]}}`))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if len(s.Config.Quotas) == 1 {
		valid = &s.Config.Quotas[0]
	}
	return valid, s.InvalidQuota
}

func TestQuotaMembers(t *testing.T) {
	q, _ := parseOneQuota(t, `{"id":"x","categories":["unheard","span","error","error"],"scope":"key","scopeId":"+7","limit":3,"window":60,
		"reasonCode":"r","groupBy":{"maxCardinality":9,"dimensions":["checkInSlug","checkInEnvironment"]}}`)
	three, sixty, id := uint64(3), uint64(60), "+7"
	want := &Quota{ID: "x", HasID: true, Categories: []outcome.Category{outcome.Error, outcome.Span, outcome.Unknown}, Scope: QuotaKey, ScopeID: &id,
		Limit: &three, Window: &sixty, ReasonCode: "r", GroupBy: &GroupBy{9, []string{DimensionEnvironment, DimensionSlug}}}
	if !reflect.DeepEqual(q, want) {
		t.Errorf("%+v\nwant %+v", q, want)
	}
	if n, ok := q.ScopeNumber(); n != 7 || !ok {
		t.Errorf("scope number %d %v", n, ok)
	}
}

func TestQuotaValidity(t *testing.T) {
	for text, valid := range map[string]bool{
		`{"categories":["metric_bucket"],"namespace":"sessions"}`:                              true,
		`{"categories":["metric_bucket"],"namespace":"custom"}`:                                false,
		`{"categories":["error"],"groupBy":{"maxCardinality":1,"dimensions":[]}}`:              false,
		`{"categories":["error"],"groupBy":{"maxCardinality":1,"dimensions":["x"]}}`:           false,
		`{"categories":["error"],"groupBy":{"maxCardinality":1,"dimensions":["checkInSlug"]}}`: true,
		`{"categories":["bogus"],"limit":0}`:                                                   false,
		`{"categories":["bogus","error"]}`:                                                     true,
		`{"categories":[]}`:                                                                    false,
		`{}`:                                                                                   false,
		`{"limit":0}`:                                                                          true,
		`{"categories":["error","attachment"],"limit":1}`:                                      false,
		`{"categories":["error","attachment"],"limit":0}`:                                      true,
		`{"categories":["attachment","log_byte"],"limit":1}`:                                   true,
		`{"categories":["attachment","profile_duration"]}`:                                     false,
		`{"categories":["error"],"limit":5}`:                                                   true,
		`{"categories":["error"],"limit":5,"scope":"galaxy","scopeId":"x"}`:                    true,
		`{"categories":["attachment","bogus"],"limit":1}`:                                      true,
	} {
		q, faults := parseOneQuota(t, text)
		if (q != nil) != valid || (len(faults) == 0) != valid {
			t.Errorf("%s: kept %v, faults %v", text, q != nil, faults)
		}
	}
}

func TestDoubleCount(t *testing.T) {
	q, _ := parseOneQuota(t, `{"id":"x","categories":["span","span_indexed"],"limit":1}`)
	if c, ok := q.DoubleCount(); !ok || c != outcome.Span {
		t.Errorf("%v %v", c, ok)
	}
	q, _ = parseOneQuota(t, `{"categories":["span","span_indexed"],"limit":1}`)
	if _, ok := q.DoubleCount(); ok {
		t.Error("a quota without id counts nothing")
	}
}

func TestScopeNumber(t *testing.T) {
	for text, want := range map[string]bool{"42": true, "+42": true, "": false, "+": false, "-1": false, " 42": false, "4_2": false, "0x2a": false, "++1": false, "18446744073709551616": false} {
		q := Quota{ScopeID: &text}
		if _, ok := q.ScopeNumber(); ok != want {
			t.Errorf("%q: %v", text, ok)
		}
	}
}

func TestWarnings(t *testing.T) {
	s, err := Parse([]byte(`{"config":{"quotas":[{"id":"a","limit":1},{"id":"b","categories":["span","span_indexed"],"limit":1},{"id":"c","categories":["error"]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if w := s.Warnings(); len(w) != 2 || len(s.Config.Quotas) != 2 {
		t.Errorf("%q", w)
	}
}
