package record

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"weir/codecs/event"
)

//go:embed data/renames.tsv
var renamesTSV string

// rename says where the content of a deprecated attribute goes.
type rename struct {
	to   string
	move bool
}

// renameNode is a segment of the names that have a placeholder.
type renameNode struct {
	kids map[string]*renameNode
	is   *rename
}

const placeholder = "<key>"

type renameTable struct {
	exact    map[string]rename
	patterns renameNode

	wildcards bool
}

var renames = sync.OnceValue(func() *renameTable {
	t := &renameTable{exact: make(map[string]rename)}
	for _, row := range tableRows(renamesTSV) {
		r := rename{to: row[2], move: row[1] == "move"}
		if !strings.Contains(row[0], placeholder) {
			t.exact[row[0]] = r
			continue
		}
		t.wildcards = true
		n := &t.patterns
		for _, segment := range strings.Split(row[0], ".") {
			if n.kids == nil {
				n.kids = make(map[string]*renameNode)
			}
			if n.kids[segment] == nil {
				n.kids[segment] = new(renameNode)
			}
			n = n.kids[segment]
		}
		n.is = &r
	}
	return t
})

// tableRows splits a table with notes and a header line.
func tableRows(text string) (rows [][]string) {
	header := true
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if header {
			header = false
			continue
		}
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return rows
}

// find looks a name up; placeholders of the replacement are filled in.
func (t *renameTable) find(name string) (rename, bool) {
	if r, ok := t.exact[name]; ok || !t.wildcards {
		return r, ok
	}
	first, _, more := strings.Cut(name, ".")
	if !more || t.patterns.kids[first] == nil && t.patterns.kids[placeholder] == nil {
		return rename{}, false
	}
	var keys []string
	r := t.patterns.find(name, &keys)
	if r == nil {
		return rename{}, false
	}
	out := *r
	for _, k := range keys {
		out.to = strings.Replace(out.to, placeholder, k, 1)
	}
	return out, true
}

// find follows literal segments first, then the placeholder; keys are what the placeholders stand for.
func (n *renameNode) find(name string, keys *[]string) *rename {
	segment, rest, more := strings.Cut(name, ".")
	for _, literal := range [...]bool{true, false} {
		next := n.kids[placeholder]
		if literal {
			next = n.kids[segment]
		}
		if next == nil || literal && segment == placeholder || !literal && segment == "" {
			continue
		}
		mark := len(*keys)
		if !literal {
			*keys = append(*keys, segment)
		}
		if !more && next.is != nil {
			return next.is
		}
		if more {
			if r := next.find(rest, keys); r != nil {
				return r
			}
		}
		*keys = (*keys)[:mark]
	}
	return nil
}

// Replacement is the current name of a deprecated attribute.
func Replacement(name string) (string, bool) {
	r, ok := renames().find(name)
	return r.to, ok
}

// Rename gives deprecated attributes their current names, going through the names in byte order (items 3.3).
func (a *Attributes) Rename() {
	t := renames()
	var found []int
	for i, m := range a.Map.Members() {
		if _, ok := t.find(m.Key); ok {
			found = append(found, i)
		}
	}
	if len(found) == 0 {
		return
	}
	members := a.Map.Members()
	slices.SortFunc(found, func(x, y int) int { return strings.Compare(members[x].Key, members[y].Key) })
	has := a.Has
	if len(found) > manyNames {
		names := make(map[string]bool, len(members)+len(found))
		for _, m := range members {
			names[m.Key] = true
		}
		has = func(name string) bool {
			there := names[name]
			names[name] = true // it is added when it is not there
			return there
		}
	}
	for _, i := range found {
		r, _ := t.find(members[i].Key)
		old := members[i].Value
		if !has(r.to) {
			a.Map.SetMembers(append(a.Map.Members(), event.Member{Key: r.to, Value: a.Doc.Copy(old)}))
		}
		if r.move {
			old.SetNull()
			old.SetMeta(nil)
			a.Doc.AddRemark(old, event.Remark{Rule: "attribute.deprecated", Type: 'x'})
		}
	}
}

// manyNames is the number of names from which on they are looked up in a map.
const manyNames = 64
