package match

import "testing"

func TestParseVersion(t *testing.T) {
	for text, want := range map[string]Version{
		"1":                      {Short: "1", nums: [4]uint64{1}},
		"1.2.3-rc.1+build5":      {Short: "1.2.3-rc.1", Build: "build5", Pre: "rc.1", nums: [4]uint64{1, 2, 3}},
		"1.2.3.4-5":              {Short: "1.2.3.4-5", Pre: "5", nums: [4]uint64{1, 2, 3, 4}},
		"1.0a":                   {Short: "1.0a", Pre: "a", nums: [4]uint64{1}},
		"1.0.0alpha.2+foo":       {Short: "1.0.0alpha.2", Build: "foo", Pre: "alpha.2", nums: [4]uint64{1}},
		"1.0-":                   {Short: "1.0-", nums: [4]uint64{1}},
		"1.0-+x":                 {Short: "1.0-", Build: "x", nums: [4]uint64{1}},
		"1.0-.a":                 {Short: "1.0-.a", nums: [4]uint64{1}},
		"1.0.0--1":               {Short: "1.0.0--1", Pre: "-1", nums: [4]uint64{1}},
		"1-1.0":                  {Short: "1-1.0", Pre: "1.0", nums: [4]uint64{1}},
		"01.02":                  {Short: "01.02", nums: [4]uint64{1, 2}},
		"1.0+a-b.c":              {Short: "1.0", Build: "a-b.c", nums: [4]uint64{1}},
		"18446744073709551616.1": {Short: "18446744073709551616.1", nums: [4]uint64{0, 1}},
		"9223372036854775808.0":  {Short: "9223372036854775808.0", nums: [4]uint64{9223372036854775808}},
		"1.2.3-Alpha.B":          {Short: "1.2.3-Alpha.B", Pre: "Alpha.B", nums: [4]uint64{1, 2, 3}},
	} {
		if got, ok := parseVersion(text); !ok || got != want {
			t.Errorf("%q: %+v %v, want %+v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "1a", "1.0-rc.01", "1.0.0.0.0", "1.0+", "v1.0", "1.0.0-beta_1", "1.0+build+2", "1.0A", "1..0", "1.x", "foo",
		"1.0+a..b", "1.0 beta", "1.0(34)", "1.0_1", "1.0-é", "1.0-a..b", "1.0-a.", "1.0+a_b", "1.0-rc+", "1.0.z", "0x1.2", "1.0.-a", "1a.1", "-1"} {
		if v, ok := parseVersion(text); ok {
			t.Errorf("%q: %+v", text, v)
		}
	}
}

func TestParseRelease(t *testing.T) {
	for text, want := range map[string]Release{
		"myapp@1.0":          {Package: "myapp", Text: "1.0", HasVersion: true, Version: Version{Short: "1.0", nums: [4]uint64{1}}},
		" myapp@1.0 ":        {Package: "myapp", Text: "1.0", HasVersion: true, Version: Version{Short: "1.0", nums: [4]uint64{1}}},
		"@foo@1.0":           {Package: "@foo", Text: "1.0", HasVersion: true, Version: Version{Short: "1.0", nums: [4]uint64{1}}},
		"@1.0":               {Text: "@1.0"},
		"@@1.0":              {Text: "@@1.0"},
		"foo@@1.0":           {Package: "foo", Text: "@1.0"},
		"foo@":               {Text: "foo@"},
		"a@b@1.0":            {Package: "a", Text: "b@1.0"},
		"myapp @ 1.0":        {Package: "myapp ", Text: " 1.0"},
		"a4b7e0f9c2d1":       {Text: "a4b7e0f9c2d1", Hash: "a4b7e0f9c2d1"},
		"p@123456789012":     {Package: "p", Text: "123456789012", Hash: "123456789012"},
		"p@1.0+deadbeefdead": {Package: "p", Text: "1.0+deadbeefdead", Hash: "deadbeefdead", HasVersion: true, Version: Version{Short: "1.0", Build: "deadbeefdead", nums: [4]uint64{1}}},
		"foo@latest":         {Package: "foo", Text: "latest"},
		"":                   {},
	} {
		if got, ok := ParseRelease(text); !ok || got != want {
			t.Errorf("%q: %+v %v, want %+v", text, got, ok, want)
		}
	}
	for _, text := range []string{".", "..", "Latest", "a/b", `a\b`, "a\x7f", "a\nb", string(make([]byte, 201))} {
		if r, ok := ParseRelease(text); ok {
			t.Errorf("%q: %+v", text, r)
		}
	}
}

func TestCompareVersions(t *testing.T) {
	ascending := []string{"1.0-1", "1.0-2", "1.0-10", "1.0-a", "1.0-a.1", "1.0-a.b", "1.0-b", "1.0", "1.0.0.1", "1.0.1-a", "1.0.1", "1.2", "1.10", "2"}
	for i, a := range ascending {
		for j, b := range ascending {
			v, _ := parseVersion(a)
			w, _ := parseVersion(b)
			if got := v.Compare(&w); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%s and %s: %d", a, b, got)
			}
		}
	}
	v, _ := parseVersion("1.2.0+x")
	w, _ := parseVersion("1.2+y")
	if v.Compare(&w) != 0 {
		t.Error("missing numbers are 0, builds do not count")
	}
}

func FuzzParseRelease(f *testing.F) {
	for _, s := range []string{"a@1.0-rc.1+b", "1.0a", "@@", "a4b7e0f9c2d1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if r, ok := ParseRelease(s); ok && r.HasVersion && r.Version.Compare(&r.Version) != 0 {
			t.Fatalf("%+v differs from itself", r)
		}
	})
}
