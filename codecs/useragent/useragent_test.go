package useragent

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// agents.txt: a user agent a line, of many kinds.
func agents(tb testing.TB) []string {
	b, err := os.ReadFile("testdata/agents.txt")
	if err != nil {
		tb.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		agent string
		want  Agent
	}{
		{"xx", Agent{}},
		{"", Agent{}},
		{"Instagram 123.0.0.21.114 Android", Agent{Product{"Instagram", "123", "0", "0"}, Product{Family: "Android"}, Device{"Generic Smartphone", "Generic", "Smartphone"}}},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36", Agent{Product{"Chrome", "120", "0", "0"}, Product{Family: "Windows", Major: "10"}, Device{}}},
		{
			"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
			Agent{Product{Family: "Mobile Safari", Major: "17", Minor: "4"}, Product{Family: "iOS", Major: "17", Minor: "4"}, Device{"iPhone", "Apple", "iPhone"}},
		},
	} {
		for range 2 {
			if got := Parse(c.agent); *got != c.want {
				t.Errorf("%q: %+v", c.agent, *got)
			}
		}
	}
}

// TestPieces: asking only rules whose pieces occur finds the same rules as asking all.
func TestPieces(t *testing.T) {
	all := loaded()
	for n, section := range []rules{all.browsers, all.systems, all.devices} {
		bare := 0
		plain := make([]*regexp.Regexp, len(section))
		for i := range section {
			plain[i] = section[i].compile()
			if len(section[i].needs) == 0 {
				bare++
			}
		}
		t.Logf("section %d: %d rules, %d without pieces", n, len(section), bare)
		for _, s := range agents(t) {
			text := newText(s)
			for i := range section {
				if !text.hasAll(section[i].needs) && plain[i].MatchString(s) {
					t.Errorf("%q matches %q, but not its pieces %v", s, section[i].expr, section[i].needs)
				}
			}
		}
	}
}

func TestCache(t *testing.T) {
	c := cache{now: make(map[string]*Agent)}
	often := new(Agent)
	c.put("often", often)
	for i := range 3 * cached {
		c.put(strings.Repeat("x", i), new(Agent))
		if c.get("often") != often {
			t.Fatalf("forgotten after %d others", i)
		}
	}
	if n := len(c.now) + len(c.old); n > 2*cached {
		t.Errorf("%d remembered", n)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range agents(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if a := parse(s); a.Browser.Family == "" && a.Browser.Version() != "" && a.Browser.Family == other {
			t.Errorf("%q: %+v", s, a)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	list := agents(b)
	for _, s := range list {
		parse(s)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, s := range list {
			parse(s)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(list)), "ns/agent")
}
