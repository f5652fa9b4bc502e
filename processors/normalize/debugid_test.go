package normalize

import (
	"strings"
	"testing"
)

func TestParseDebugID(t *testing.T) {
	id := strings.Repeat("a", 32)
	for in, want := range map[string]struct {
		age uint32
		ok  bool
	}{
		id:                                       {0, true},
		id + "1f":                                {0x1f, true},
		id + "ffffffff and more":                 {0xffffffff, true},
		id + "ffffffff\U0001F600":                {0, false},
		id + "ffffffff and é":                    {0, false},
		id + "g":                                 {0, false},
		id[:31]:                                  {0, false},
		"aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa-2": {2, true},
		"aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa2":  {0, false},
		"aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa-":  {0, false},
	} {
		if _, age, ok := parseDebugID(in); ok != want.ok || ok && age != want.age {
			t.Errorf("%q: age %d, %v, want %d, %v", in, age, ok, want.age, want.ok)
		}
	}
}
