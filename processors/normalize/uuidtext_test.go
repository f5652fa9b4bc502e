package normalize

import "testing"

func TestUUIDProblem(t *testing.T) {
	for _, c := range [][2]string{
		{"", "invalid length: found 0"},
		{"x", "invalid character: found `x` at 0"},
		{"4c79f60c11214eb38604f4ae0781bfb", "invalid length: found 31"},
		{"4c79f60c11214eb38604f4ae0781bfé", "invalid character: found `é` at 30"},
		{"{}", "invalid group count: expected 5, found 1"},
		{"{g}", "invalid character: found `g` at 1"},
		{"urn:uuid:x", "invalid character: found `x` at 9"},
		{"{4c79f60c-1121-4eb3-8604-f4ae0781bfb}", "invalid group length in group 4: expected 12, found 13"},
		{"urn:uuid:4c79f60c-1121-4eb3-8604-f4ae0781bfb", "invalid group length in group 4: expected 12, found 20"},
		{"{zaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee}", "invalid character: found `z` at 0"},
		{"{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}", "invalid group count: expected 5, found 1"},
		{"urn:uuid:aaaaaaaaaaaaaaaaaaaaaaaaaaa", "invalid character: found `u` at 0"},
		{"URN:UUID:4c79f60c-1121-4eb3-8604-f4ae0781bfb2", "invalid character: found `U` at 0"},
		{"----", "invalid group length in group 0: expected 8, found 0"},
		{"------", "invalid group count: expected 5, found 7"},
		{"4c79f60c-11214eb3-8604-f4ae-0781bfb2", "invalid group length in group 1: expected 4, found 8"},
		{"gggggggggggggggggggggggggggggggggggggggggggggg", "invalid length: found 46"},
		{"ı", "invalid length: found 2"},
		{"aaaaaaaaĭbbbb-cccc-dddd-eeeeeeeeeeee", "invalid group length in group 1: expected 4, found 5"},
	} {
		if _, ok := parseUUID(c[0]); ok {
			t.Errorf("%q is accepted", c[0])
		}
		if got := uuidProblem(c[0]); got != c[1] {
			t.Errorf("%q: %s, want %s", c[0], got, c[1])
		}
	}
}
