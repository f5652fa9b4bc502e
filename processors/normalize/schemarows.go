package normalize

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
)

// tables holds the contract's tables as they were published.
//
//go:embed data/*.tsv
var tables embed.FS

// readTable returns the rows of data/<name>.tsv without the header line; columns are tab separated, unquoted.
func readTable(name string) [][]string {
	b, err := tables.ReadFile("data/" + name + ".tsv")
	if err != nil {
		panic(err) // the file is part of the program
	}
	lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	rows := make([][]string, 0, len(lines)-1)
	columns := strings.Count(lines[0], "\t") + 1
	for i, line := range lines[1:] {
		row := strings.Split(line, "\t")
		if len(row) != columns {
			panic(fmt.Sprintf("data/%s.tsv line %d has %d columns, not %d", name, i+2, len(row), columns))
		}
		rows = append(rows, row)
	}
	return rows
}

// schemaRow is one row of schema.tsv (spec 3).
type schemaRow struct {
	owner, field, wire string
	aliases            []string
	valueType, kind    string
	attrs              attrs
}

// attrs are what a row says about the value at its position.
type attrs struct {
	required            requirement
	nonempty            bool
	trimWhitespace      bool
	allow, deny         *charset
	maxChars, allowance int
	maxDepth, maxBytes  int
	trim, retain        bool
	skip                skipRule
}

// requirement is the `required` column (8.2).
type requirement uint8

const (
	optional requirement = iota
	required
	valueOrMeta
)

// skipRule is the `skip_serialization` column (2.4).
type skipRule uint8

const (
	skipNull skipRule = iota
	skipEmpty
	skipEmptyDeep
	skipNever
)

func readSchema() map[string][]schemaRow {
	types := make(map[string][]schemaRow)
	for _, c := range readTable("schema") {
		r := schemaRow{owner: c[1], field: c[2], wire: c[3], valueType: c[5], kind: c[6]}
		if c[4] != "" {
			r.aliases = strings.Split(c[4], "|")
		}
		r.attrs = attrs{
			required:  map[string]requirement{"false": optional, "true": required, "value_or_meta": valueOrMeta}[c[7]],
			nonempty:  c[8] == "true",
			maxChars:  number(c[9]),
			allowance: number(c[10]),
			maxDepth:  number(c[11]),
			maxBytes:  number(c[12]),
			trim:      c[14] == "true",
			retain:    c[16] == "true",
			skip: map[string]skipRule{"null": skipNull, "empty": skipEmpty, "empty_deep": skipEmptyDeep,
				"never": skipNever, "inherit": skipNull}[c[17]],
			allow:          parseCharset(c[18], true),
			deny:           parseCharset(c[19], false),
			trimWhitespace: c[20] == "true",
		}
		types[r.owner] = append(types[r.owner], r)
	}
	return types
}

func number(s string) int {
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

// charset is a set of ASCII characters; others is what it says about the rest of Unicode.
type charset struct {
	has    [128]bool
	others bool
}

// parseCharset reads a set such as `a-zA-Z0-9_.-`. The result tells for every character whether it may stand in the
// text, so a set of denied characters is inverted.
func parseCharset(s string, allowed bool) *charset {
	if s == "" {
		return nil
	}
	s = strings.NewReplacer(`\r`, "\r", `\n`, "\n", `\t`, "\t").Replace(s)
	set := &charset{others: !allowed}
	for i := range set.has {
		set.has[i] = !allowed
	}
	for i := 0; i < len(s); i++ {
		last := s[i]
		if i+2 < len(s) && s[i+1] == '-' {
			last = s[i+2]
		}
		for c := int(s[i]); c <= int(last); c++ {
			set.has[c] = allowed
		}
		if last != s[i] {
			i += 2
		}
	}
	return set
}

// firstBad returns the first character that may not stand in s.
func (set *charset) firstBad(s string) (rune, bool) {
	if set == nil {
		return 0, false
	}
	for _, r := range s {
		if r < 128 && !set.has[r] || r >= 128 && !set.others {
			return r, true
		}
	}
	return 0, false
}
