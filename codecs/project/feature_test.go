package project

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestFeatureTable(t *testing.T) {
	b, err := os.ReadFile("testdata/feature_flags.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var all, graduated []Feature
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n")[1:] {
		fields := strings.Split(strings.TrimRight(line, "\r"), "\t")
		all = append(all, Feature(fields[0]))
		if len(fields) > 3 && fields[3] == "yes" {
			graduated = append(graduated, Feature(fields[0]))
		}
	}
	if !slices.Equal(all, AllFeatures) {
		t.Errorf("flags %v\nwant %v", AllFeatures, all)
	}
	if !slices.Equal(graduated, GraduatedFeatures) {
		t.Errorf("graduated %v\nwant %v", GraduatedFeatures, graduated)
	}
}

func TestMemoize(t *testing.T) {
	type a struct{}
	type b struct{}
	var m Memo
	n := 0
	build := func() int { n++; return n }
	first, again, other := Memoize(&m, a{}, build), Memoize(&m, a{}, build), Memoize(&m, b{}, build)
	if first != 1 || again != 1 || other != 2 {
		t.Error("one value for each key, built once")
	}
}
