package ratelimit_test

import (
	"reflect"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/outcome"
	"weir/codecs/ratelimit"
)

var (
	now   = time.Date(2026, 10, 8, 12, 32, 10, 0, time.UTC)
	scope = dsn.Scoping{Org: 1, Project: 42, Key: "e12d836b15bb49d7bbf99e64295d995b", KeyID: 123}
)

func limit(kind ratelimit.ScopeKind, seconds float64, reason outcome.Reason, categories ...outcome.Category) ratelimit.Limit {
	return ratelimit.Limit{
		Scope: ratelimit.ScopeOf(kind, scope), Reason: reason, Categories: categories,
		Expires: now.Add(time.Duration(seconds * float64(time.Second))),
	}
}

func withNamespace(l ratelimit.Limit, names ...string) ratelimit.Limit {
	l.Namespaces = names
	return l
}

func TestHeader(t *testing.T) {
	cached, _ := limit(ratelimit.ScopeKey, 58, "get_lost", outcome.Transaction).Cached()
	for want, l := range map[string]ratelimit.Limit{
		"42:error:key:get_lost":                      limit(ratelimit.ScopeKey, 41.2, "get_lost", outcome.Error),
		"60::organization":                           limit(ratelimit.ScopeOrganization, 60, ""),
		"58:transaction;span:key:get_lost":           cached,
		"60:metric_bucket:organization::sessions":    withNamespace(limit(ratelimit.ScopeOrganization, 60, "", outcome.MetricBucket), "sessions"),
		"4711:transaction;security:project":          limit(ratelimit.ScopeProject, 4711, "", outcome.Transaction, outcome.Security),
		"1:error;unknown:project:r:sessions;spans":   withNamespace(limit(ratelimit.ScopeProject, 0.001, "r", outcome.Error, outcome.Unknown), "sessions", "spans"),
		"0:default:key":                              limit(ratelimit.ScopeKey, -5, "", outcome.Default),
		"300:replay:organization:over the wall: yes": limit(ratelimit.ScopeOrganization, 300, "over the wall: yes", outcome.Replay),
	} {
		if got := ratelimit.Header([]ratelimit.Limit{l}, now); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	two := []ratelimit.Limit{limit(ratelimit.ScopeKey, 5, "", outcome.Error), limit(ratelimit.ScopeProject, 9.5, "b")}
	if got := ratelimit.Header(two, now); got != "5:error:key, 10::project:b" {
		t.Error(got)
	}
	if got := ratelimit.RetryAfter(two, now); got != 10 {
		t.Error(got)
	}
	if ratelimit.Header(nil, now) != "" || ratelimit.RetryAfter(nil, now) != 0 {
		t.Error("no limits")
	}
}

func TestSetAdd(t *testing.T) {
	var s ratelimit.Set
	s.Add(limit(ratelimit.ScopeKey, 10, "first", outcome.Error))
	s.Add(limit(ratelimit.ScopeKey, 5, "other categories"))
	s.Add(limit(ratelimit.ScopeKey, 9, "sooner", outcome.Error))
	if l := s.Active(now); len(l) != 2 || l[0].Reason != "first" {
		t.Fatalf("%+v", l)
	}
	s.Add(limit(ratelimit.ScopeKey, 10, "same second", outcome.Error))
	s.Add(limit(ratelimit.ScopeProject, 7, "other scope", outcome.Error))
	s.Add(withNamespace(limit(ratelimit.ScopeKey, 7, "other namespace", outcome.Error), "spans"))
	dimensional := limit(ratelimit.ScopeKey, 7, "dimensional", outcome.Error)
	dimensional.Dimensional = true
	s.Add(dimensional)
	l := s.Active(now)
	if len(l) != 5 || l[0].Reason != "same second" {
		t.Fatalf("%+v", l)
	}
	s.Add(limit(ratelimit.ScopeKey, 11, "", outcome.Error))
	if l := s.Active(now); l[0].Reason != "" {
		t.Fatalf("%+v", l)
	}
	if l := s.Active(now.Add(7 * time.Second)); len(l) != 1 || s.Len() != 1 {
		t.Fatalf("%+v", l)
	}
	if l := s.Active(now.Add(11 * time.Second)); len(l) != 0 || s.Len() != 0 {
		t.Fatalf("%+v", l)
	}
}

func TestLongest(t *testing.T) {
	if _, ok := ratelimit.Longest(nil); ok {
		t.Error("longest of none")
	}
	list := []ratelimit.Limit{limit(ratelimit.ScopeKey, 9, "a"), limit(ratelimit.ScopeKey, 9, "b"), limit(ratelimit.ScopeKey, 8, "c")}
	if l, _ := ratelimit.Longest(list); l.Reason != "b" {
		t.Error(l.Reason)
	}
}

func TestCached(t *testing.T) {
	var s ratelimit.Set
	l := limit(ratelimit.ScopeKey, 5, "", outcome.Error, outcome.Span, outcome.Unknown)
	s.Cache(l)
	s.Cache(limit(ratelimit.ScopeKey, 5, "", outcome.Error))
	s.Cache(limit(ratelimit.ScopeKey, 5, ""))
	dimensional := limit(ratelimit.ScopeKey, 5, "", outcome.Monitor)
	dimensional.Dimensional = true
	s.Cache(dimensional)
	got := s.Active(now)
	want := [][]outcome.Category{{outcome.Error, outcome.Transaction, outcome.Span, outcome.Unknown}, {outcome.Error}, nil}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if !reflect.DeepEqual(got[i].Categories, want[i]) {
			t.Errorf("%v, want %v", got[i].Categories, want[i])
		}
	}
	if len(l.Categories) != 3 {
		t.Error("the limit itself changed")
	}
}

func TestMatches(t *testing.T) {
	other := dsn.Scoping{Org: 2, Project: 43, Key: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}
	for _, kind := range []ratelimit.ScopeKind{ratelimit.ScopeOrganization, ratelimit.ScopeProject, ratelimit.ScopeKey} {
		l := limit(kind, 5, "", outcome.Error)
		if !l.Matches(scope, outcome.Error, "") || l.Matches(other, outcome.Error, "") || l.Matches(scope, outcome.Transaction, "") {
			t.Errorf("%s", kind)
		}
	}
	all := limit(ratelimit.ScopeKey, 5, "")
	if !all.Matches(scope, outcome.Error, "") || !all.Matches(scope, outcome.MetricBucket, "spans") {
		t.Error("empty categories match all")
	}
	unknown := limit(ratelimit.ScopeKey, 5, "", outcome.Unknown)
	if unknown.Matches(scope, outcome.Error, "") {
		t.Error("only unknown categories match nothing")
	}
	ns := withNamespace(limit(ratelimit.ScopeKey, 5, "", outcome.MetricBucket), "sessions")
	for namespace, want := range map[string]bool{"": false, "sessions": true, "spans": false, ratelimit.AnyNamespace: true} {
		if got := ns.Matches(scope, outcome.MetricBucket, namespace); got != want {
			t.Errorf("namespace %q: %v", namespace, got)
		}
	}
}

func TestParseHeader(t *testing.T) {
	for _, c := range []struct{ header, retryAfter, want string }{
		{"42:error:key:get_lost", "", "42:error:key:get_lost"},
		{" 1.2:transaction;span:project , ,5::organization:r", "", "2:transaction;span:project, 5::organization:r"},
		{"60:metric_bucket:organization::sessions;nope", "", "60:metric_bucket:organization::sessions;unsupported"},
		{"60", "", "60::key"},
		{"60:zebra;error:galaxy", "", "60:error;unknown:key"},
		{"60:error;error:key, 70:error:key:longer", "", "70:error:key:longer"},
		{"abc:error:key, 5 :error:key, :error:key", "7", "7::key:generic"},
		{"0:error:key, -5:error:key, nan:error:key, inf:error:key, 1e30:error:key", "", ""},
		{"", "30", "30::key:generic"},
		{"", "29.1", "30::key:generic"},
		{"", "-1", ""},
		{"", "soon", ""},
		{"", "0x10", ""},
		{"", "", ""},
		{"5:error:key", "30", "5:error:key"},
	} {
		if got := ratelimit.Header(ratelimit.ParseHeader(c.header, c.retryAfter, scope, now), now); got != c.want {
			t.Errorf("%q, %q: %q, want %q", c.header, c.retryAfter, got, c.want)
		}
	}
	l := ratelimit.ParseHeader("5:error:organization", "", scope, now)
	if l[0].Scope != (ratelimit.Scope{Kind: ratelimit.ScopeOrganization, Org: 1}) {
		t.Errorf("%+v", l[0].Scope)
	}
}

func TestRecord(t *testing.T) {
	l := withNamespace(limit(ratelimit.ScopeKey, 5.0000001, `say "no"`, outcome.Error, outcome.Unknown), "spans")
	l.Dimensional = true
	key, value := ratelimit.EncodeRecord(l)
	if want := "key:e12d836b15bb49d7bbf99e64295d995b:error;unknown:spans:dimensional"; string(key) != want {
		t.Errorf("key %s", key)
	}
	want := `{"v":1,"scope":"key","id":"e12d836b15bb49d7bbf99e64295d995b","categories":["error","unknown"],"reason":"say \"no\"","expires":1791462735000001,"namespaces":["spans"],"dimensional":true}`
	if string(value) != want {
		t.Errorf("value %s", value)
	}
	got, err := ratelimit.DecodeRecord(value)
	if err != nil || got.Key() != l.Key() || got.Reason != l.Reason || got.Expires.Before(l.Expires) || !got.Dimensional {
		t.Errorf("%+v, %v", got, err)
	}
	if key, value := ratelimit.EncodeRecord(limit(ratelimit.ScopeOrganization, 0, "")); string(key) != "organization:1::" || string(value) != `{"v":1,"scope":"organization","id":"1","categories":[],"expires":1791462730000000}` {
		t.Errorf("%s %s", key, value)
	}
	for _, bad := range []string{``, `{}`, `{"v":2}`, `{"v":1,"scope":"key","id":"x"}`, `{"v":1,"scope":"project","id":"-1"}`, `{"v":1,"scope":"organization","id":""}`} {
		if _, err := ratelimit.DecodeRecord([]byte(bad)); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}

func FuzzDecodeRecord(f *testing.F) {
	_, value := ratelimit.EncodeRecord(withNamespace(limit(ratelimit.ScopeKey, 5, "r", outcome.Error), "spans"))
	f.Add(value)
	_, value = ratelimit.EncodeRecord(limit(ratelimit.ScopeProject, 5, ""))
	f.Add(value)
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := ratelimit.DecodeRecord(b)
		if err != nil {
			return
		}
		key, value := ratelimit.EncodeRecord(l)
		again, err := ratelimit.DecodeRecord(value)
		if err != nil || string(key) != again.Key() || !again.Expires.Equal(l.Expires) || again.Reason != l.Reason {
			t.Fatalf("%+v becomes %+v, %v", l, again, err)
		}
	})
}

func FuzzParseHeader(f *testing.F) {
	f.Add("42:error:key:get_lost, 1:a;b:project::spans", "5")
	f.Add("", "1e5")
	f.Fuzz(func(t *testing.T, header, retryAfter string) {
		for _, l := range ratelimit.ParseHeader(header, retryAfter, scope, now) {
			if !l.Active(now) || l.Seconds(now) < 1 {
				t.Fatalf("%+v", l)
			}
		}
	})
}
