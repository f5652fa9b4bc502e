package dsn_test

import (
	"testing"

	"weir/codecs/dsn"
)

const key = "e12d836b15bb49d7bbf99e64295d995b"

func TestParse(t *testing.T) {
	for _, c := range []struct{ in, out string }{
		{"https://K@x.io/42", "https://K:@x.io/42"},
		{"http://K:sec@x.io/42", "http://K:@x.io/42"},
		{"https://K@x.io/42/", "https://K:@x.io/42"},
		{"https://K@x.io/42//", "https://K:@x.io/42"},
		{"https://K@x.io/a/b/42", "https://K:@x.io/42"},
		{"https://K@x.io/a/42?x=1", "https://K:@x.io/42"},
		{"https://K@x.io/42#f", "https://K:@x.io/42"},
		{"https://K@x.io:443/42", "https://K:@x.io/42"},
		{"https://K@x.io:444/42", "https://K:@x.io:444/42"},
		{"https://K@x.io:/42", "https://K:@x.io/42"},
		{"https://K@X.IO//042", "https://K:@x.io/42"},
		{"https://K@x.io/+42", "https://K:@x.io/42"},
		{" HTTPS:K@x.io/42", "https://K:@x.io/42"},
		{"https://K@[::1]:8/42", "https://K:@[::1]:8/42"},
		{"http://K@127.0.0.1:18900/18446744073709551615", "http://K:@127.0.0.1:18900/18446744073709551615"},
		{"https://{12d836b15bb49d7bbf99e64295d995b@x.io/42", "https://%7B12d836b15bb49d7bbf99e64295d995b:@x.io/42"},
		{"https://%7b12d836b15bb49d7bbf99e64295d995b@x.io/42", "https://%7B12d836b15bb49d7bbf99e64295d995b:@x.io/42"},
		{"https://%7b12d836b15bb49d7bbf99e64295d99@x.io/42", "https://%7b12d836b15bb49d7bbf99e64295d99:@x.io/42"}, // 32 characters as they stand
	} {
		d, err := dsn.Parse(sub(c.in))
		if err != nil || d.String() != sub(c.out) {
			t.Errorf("Parse(%q) = %q, %v, want %q", c.in, d.String(), err, sub(c.out))
		}
	}
	for _, in := range []string{
		"", "foo", "/42", "https://K@x.io", "https://K@x.io/", "https://K@x.io/abc", "ftp://K@x.io/42", "https://K@/42",
		"https://K@x.io:99999/42", "https://x.io/42", "https://short@x.io/42", "https://{K@x.io/42", "https://%7b%7b{2d836b15bb49d7bbf99e64295d995b@x.io/42", "https://K.no-cache@x.io/42", "https://K@x y/42",
		"https://K@x.io/18446744073709551616", "https://K@x.io/-1",
	} {
		if d, err := dsn.Parse(sub(in)); err == nil {
			t.Errorf("Parse(%q) = %q, want an error", in, d.String())
		}
	}
}

func sub(s string) string {
	for i := range s {
		if s[i] == 'K' {
			return s[:i] + key + s[i+1:]
		}
	}
	return s
}

func TestParsePublicKey(t *testing.T) {
	for in, ok := range map[string]bool{
		key:                                true,
		"not hexadecimal but 32 long. yes": true,
		key[1:]:                            false,
		key + "a":                          false,
		"":                                 false,
		"e12d836b15bb49d7bbf99e64295d99é":  false,
	} {
		if _, err := dsn.ParsePublicKey(in); (err == nil) != ok {
			t.Errorf("ParsePublicKey(%q): %v", in, err)
		}
	}
}

func TestParseURL(t *testing.T) {
	for in, want := range map[string]string{
		"http://a.b":             "http://a.b/",
		"HTTP://A.b:80/":         "http://a.b/",
		"https://a.b:443":        "https://a.b/",
		"http://a.b:443":         "http://a.b:443/",
		"http://a.b/x/../y/./z":  "http://a.b/y/z",
		"http://a.b/x/%2E%2e/y/": "http://a.b/y/",
		"http://a.b/..":          "http://a.b/",
		"http://a.b/x/.":         "http://a.b/x/",
		"http://a.b/ x":          "http://a.b/%20x",
		"http:a.b":               "http://a.b/",
		`http:\\a.b\c`:           "http://a.b/c",
		"http://a.b/ü":           "http://a.b/%C3%BC",
		"http://0x7f.1":          "http://127.0.0.1/",
		"http://127.0.0.1":       "http://127.0.0.1/",
		"http://1.2.3":           "http://1.2.0.3/",
		"http://2130706433/":     "http://127.0.0.1/",
		"http://017.0.0.1/":      "http://15.0.0.1/",
		"http://a.b?q":           "http://a.b/?q",
		"http://a.b#f":           "http://a.b/#f",
		"http://u:p@a.b":         "http://u:p@a.b/",
		"http://u@v:p:q@a.b":     "http://u%40v:p%3Aq@a.b/",
		"http://%61.b/":          "http://a.b/",
		"http://[::1]:80/":       "http://[::1]/",
		"http://[0:0::1]:81/":    "http://[::1]:81/",
		"http://a.b/%7Ex%zz":     "http://a.b/%7Ex%zz",
		"http://a.b/{}|":         "http://a.b/%7B%7D|",
		" http://a.b\t/x\n":      "http://a.b/x",
		"app:///x":               "app:///x",
		"FOO:bar":                "foo:bar",
	} {
		u, err := dsn.ParseURL(in)
		if err != nil || u.String() != want {
			t.Errorf("ParseURL(%q) = %q, %v, want %q", in, u.String(), err, want)
		}
	}
	for _, in := range []string{"", "null", "/x", "//a.b", "a.b", "http://", "http:///", "http://a b/", "http://a.b:80x", "http://a.b:65536", "http://[::1", "http://[1.2.3.4]", "http://256.0.0.1", "http://1.2.3.4.5", "1http://x"} {
		if u, err := dsn.ParseURL(in); err == nil {
			t.Errorf("ParseURL(%q) = %q, want an error", in, u.String())
		}
	}
}

func FuzzParseURL(f *testing.F) {
	for _, s := range []string{"https://" + key + "@x.io:444/a/42?x#y", "http://[::1]/", "http://0x7f.1/", "foo:bar", `http:\\a`, "http://a/%zz%20"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := dsn.ParseURL(s)
		if err != nil {
			return
		}
		again, err := dsn.ParseURL(u.String())
		if err != nil || again.String() != u.String() {
			t.Fatalf("%q becomes %q, then %q, %v", s, u.String(), again.String(), err)
		}
		if d, err := dsn.Parse(s); err == nil {
			if e, err := dsn.Parse(d.String()); err != nil || e != d {
				t.Fatalf("%q: %+v becomes %+v, %v", s, d, e, err)
			}
		}
	})
}

// FuzzKey prints and reads DSNs with every key that there can be.
func FuzzKey(f *testing.F) {
	for _, s := range []string{
		key, "@relay/aaaaaaaaaaaaaaaaaaaaaaaaa", "a:b@c/d?e#f\\g%41{}|\"<>`;=[]^~!$&", "%41%42%43%44%45%46%47%48%49%4a%4b", "%40 aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"\x00\t\n\r\x1f\x7f                          ", "not hexadecimal but 32 long. yes",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k, err := dsn.ParsePublicKey(s)
		if err != nil {
			return
		}
		d := dsn.DSN{Scheme: "https", Host: "x.io", Key: k, Project: 42}
		if got, err := dsn.Parse(d.String()); err != nil || got != d {
			t.Fatalf("%q becomes %q, then %q, %v", s, d.String(), got.Key, err)
		}
	})
}
