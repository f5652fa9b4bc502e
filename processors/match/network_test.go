package match

import (
	"net/netip"
	"testing"
)

func TestNetworks(t *testing.T) {
	for _, c := range []struct {
		entry, addr string
		want        bool
	}{
		{"1.2.3.4", "1.2.3.4", true},
		{"1.2.3.4", "1.2.3.5", false},
		{"1.2.3.4/24", "1.2.3.9", true},
		{"1.2.3.4/255.255.255.0", "1.2.3.9", true},
		{"1.2.3.4/255.255.0.0", "1.2.200.9", true},
		{"1.2.3.4/255.0.255.0", "1.2.3.4", false},
		{"1.2.3.4/0.0.0.0", "9.9.9.9", true},
		{"0.0.0.0/0", "9.9.9.9", true},
		{"0.0.0.0", "0.0.0.1", false},
		{"1.2.3.4/33", "1.2.3.4", false},
		{" 1.2.3.4", "1.2.3.4", false},
		{"01.2.3.4", "1.2.3.4", false},
		{"::/0", "1.2.3.4", false},
		{"::/0", "::1", true},
		{"1.2.3.4", "::ffff:1.2.3.4", false},
		{"::ffff:1.2.3.4", "::ffff:1.2.3.4", true},
		{"::ffff:1.2.3.4", "1.2.3.4", false},
		{"a:b:c::0/126", "a:b:c::3", true},
		{"a:b:c::0/126", "a:b:c::4", false},
		{"a:b::/ffff::", "a:b::", false},
		{"fe80::1%eth0", "fe80::1", false},
		{"bogus", "1.2.3.4", false},
	} {
		n := CompileNetworks([]string{c.entry})
		if got := n.Contains(netip.MustParseAddr(c.addr)); got != c.want {
			t.Errorf("%s in %s: %v", c.addr, c.entry, got)
		}
	}
	if n := CompileNetworks([]string{"x"}); !n.Empty() {
		t.Error("only bad entries")
	}
}

func TestClientIP(t *testing.T) {
	for chain, want := range map[string]string{
		"10.0.0.9": "10.0.0.9", "1.1.1.1, 2.2.2.2, 10.0.0.9": "1.1.1.1", " ::1 , 1.1.1.1": "::1",
		"1.1.1.1:5000, 10.0.0.9": "", "[::1], 10.0.0.9": "", "unknown, 10.0.0.9": "", "": "", ", 1.1.1.1": "", "fe80::1%0": "", "1.1": "",
	} {
		got, ok := ClientIP(chain)
		if ok != (want != "") || ok && got.String() != want {
			t.Errorf("%q: %v %v, want %q", chain, got, ok, want)
		}
	}
}
