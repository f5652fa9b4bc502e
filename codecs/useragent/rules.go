package useragent

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"
)

//go:embed data/rules.tsv
var table string

// rule is one row of the table.
type rule struct {
	expr   string // with its flags
	needs  []anyOf
	fields [4]string // templates of family, then major, minor, patch of a product, or model, brand of a device

	compile func() *regexp.Regexp
}

// rules are those of one section, in order.
type rules []rule

// sections are the rules of the table; the position of a template in a row is that of its group where the row has none.
type sections struct{ browsers, systems, devices rules }

var loaded = sync.OnceValue(func() *sections {
	s := new(sections)
	for line := range strings.Lines(table) {
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		r := rule{expr: c[2], fields: [4]string(c[3:7])}
		if c[1] != "" {
			r.expr = "(?" + c[1] + ")" + c[2]
		}
		into, defaults := &s.browsers, [4]string{"$1", "$2", "$3", "$4"}
		switch c[0] {
		case "section":
			continue
		case "os":
			into = &s.systems
		case "device":
			into, defaults = &s.devices, [4]string{"$1", "$1", "", ""}
		}
		for i, d := range defaults {
			if r.fields[i] == "" {
				r.fields[i] = d
			}
		}
		r.needs = needsOf(r.expr)
		r.compile = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(r.expr) })
		*into = append(*into, r)
	}
	return s
})

// find returns the filled templates of the first rule that matches; ok is false when none does.
func (rs rules) find(t *text) (fields [4]string, ok bool) {
	for i := range rs {
		r := &rs[i]
		if !t.hasAll(r.needs) {
			continue
		}
		m := r.compile().FindStringSubmatchIndex(t.s)
		if m == nil {
			continue
		}
		for k, template := range r.fields {
			fields[k] = fill(template, t.s, m)
		}
		return fields, true
	}
	return fields, false
}

// fill replaces $1 to $9 of a template by the groups of a match and trims the result. Groups that took no part are empty.
func fill(template, s string, m []int) string {
	group := func(c byte) string {
		if n := int(c - '0'); 2*n+1 < len(m) && m[2*n] >= 0 {
			return s[m[2*n]:m[2*n+1]]
		}
		return ""
	}
	if len(template) == 2 && template[0] == '$' && template[1]-'1' < 9 {
		return strings.TrimSpace(group(template[1]))
	}
	if strings.IndexByte(template, '$') < 0 {
		return strings.TrimSpace(template)
	}
	var b strings.Builder
	for i := 0; i < len(template); i++ {
		if template[i] == '$' && i+1 < len(template) && template[i+1]-'1' < 9 {
			i++
			b.WriteString(group(template[i]))
			continue
		}
		b.WriteByte(template[i])
	}
	return strings.TrimSpace(b.String())
}
