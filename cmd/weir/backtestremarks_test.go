package main

import "testing"

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
