package scrub

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed data/builtin.tsv
var builtinTSV string

// builtinRules are the rules that every config can name (scrub 7.1).
var builtinRules = sync.OnceValue(func() map[string]*rule {
	rules := make(map[string]*rule)
	for _, row := range rows(builtinTSV, 5) {
		r := &rule{id: row[0], redaction: redaction{methodByName(row[2]), row[3]}}
		for k, name := range kindNames {
			if name == row[1] {
				r.kind = kind(k)
			}
		}
		switch r.kind {
		case kindAlias:
			r.rules, r.hideInner = strings.Fields(row[4]), true
		case kindMultiple:
			r.rules = strings.Fields(row[4])
		}
		if row[2] == "" {
			r.redaction = redaction{}
		}
		rules[r.id] = r
	}
	return rules
})

// rows splits an embedded table with a header line into rows of n columns.
func rows(tsv string, n int) [][]string {
	var out [][]string
	for i, line := range strings.Split(strings.TrimSuffix(tsv, "\n"), "\n") {
		if row := strings.Split(line, "\t"); i > 0 && len(row) >= n {
			out = append(out, row)
		}
	}
	return out
}
