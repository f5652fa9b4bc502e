package main

import (
	"maps"
	"slices"
	"testing"

	"github.com/valyala/fastjson"
)

// Numbers are the names of members, too.
func TestRemarks(t *testing.T) {
	doc := fastjson.MustParse(`{"a":{"12":"x","b":[{"c":1},{"c":2}]},"gone":null,
		"_meta":{"a":{"12":{"":{"rem":[["@ip","x"]]}},"b":{"0":{"c":{"":{"rem":[["@b","x"],["@a","x"]]}}},"1":{"c":{"":{"rem":[["@a","x"]]}}}}},"gone":{"3":{"":{"rem":[["@c","x"]]}}},"new":{"":{"rem":[[],1]}}}}`)
	want := map[string][]string{".a.12": {"@ip"}, ".a.b[].c": {"@a", "@b"}, ".gone[]": {"@c"}}
	if got := remarksOf(doc); !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("%v", got)
	}
	d, seen := documents{a: []byte(`{"extra":{"7":"secret"}}`), b: []byte(`{"extra":{"7":"[Filtered]"},"_meta":{"extra":{"7":{"":{"rem":[["@a","s"]]}}}}}`)}, []string(nil)
	d.compare("", func(way int, path string, _ ...string) { seen = append(seen, backtestWays[way]+" "+path) })
	if !slices.Equal(seen, []string{"newly scrubbed .extra.7"}) {
		t.Errorf("%q", seen)
	}
}

func TestNear(t *testing.T) {
	n := nearPaths(map[string][]string{".user.ip": {"@ip"}, `.extra["a b"][].c`: {"@ip"}}, map[string][]string{".request": {"@anything"}})
	for path, want := range map[string]bool{
		"": true, ".user": true, ".user.ip": true, ".user.ip.more": true, ".user.ip[]": true, ".user.ips": false, ".user.name": false, ".us": false, ".extra": true,
		`.extra["a b"]`: true, `.extra["a b"][]`: true, `.extra["a b"][].c`: true, `.extra["a b"][].d`: false, `.extra["a"]`: false,
		".request.headers[][]": true, ".request": true, ".requests": false, ".level": false,
	} {
		if got := n.has(path); got != want {
			t.Errorf("%q: %t", path, got)
		}
	}
	if n := nearPaths(map[string][]string{"": {"@anything"}}); !n.has(".a") || !n.has("") {
		t.Error("a remark about the document is about all that it holds")
	}
	if n := nearPaths(nil, nil); n.has(".a") || n.has("") {
		t.Error("there are no remarks")
	}
}
