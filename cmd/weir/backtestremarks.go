package main

import (
	"iter"
	"slices"
	"strings"

	"github.com/valyala/fastjson"
)

// remarksOf lists the rules that have changed each field of a document, by path, as its _meta tells. Indexes of arrays are left out of paths.
func remarksOf(doc *fastjson.Value) map[string][]string {
	out := map[string][]string{}
	remarks(doc.Get("_meta"), doc, "", out)
	for path, rules := range out {
		slices.Sort(rules)
		out[path] = slices.Compact(rules)
	}
	return out
}

// remarks walks a tree of metadata along with what it is about: the member without a name is about the place itself. A number is the index of an
// array, or else the name of a member; of what is gone, an index.
func remarks(v, about *fastjson.Value, path string, out map[string][]string) {
	if v == nil || v.Type() != fastjson.TypeObject {
		return
	}
	v.GetObject().Visit(func(key []byte, x *fastjson.Value) {
		name := string(key)
		switch {
		case name == "":
			for _, r := range x.GetArray("rem") {
				if rule := r.GetStringBytes("0"); len(rule) > 0 {
					out[path] = append(out[path], string(rule))
				}
			}
		case isIndex(name) && (about == nil || about.Type() != fastjson.TypeObject):
			remarks(x, about.Get(name), path+"[]", out)
		default:
			remarks(x, about.Get(name), path+pathStep(name), out)
		}
	})
}

// near are the places of remarks: the fields that they are about, and what holds these.
type near struct{ at, above map[string]bool }

func nearPaths(lists ...map[string][]string) near {
	n := near{map[string]bool{}, map[string]bool{}}
	for _, remarks := range lists {
		for path := range remarks {
			n.at[path] = true
			for up := range holders(path) {
				n.above[up] = true
			}
		}
	}
	return n
}

// has says that there are remarks about a field, about one that holds it, or about one in it.
func (n near) has(path string) bool {
	if n.at[path] || n.above[path] {
		return true
	}
	for up := range holders(path) {
		if n.at[up] {
			return true
		}
	}
	return false
}

// holders yields the paths of what holds a field: the document first.
func holders(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range len(path) {
			if (path[i] == '.' || path[i] == '[') && !yield(path[:i]) {
				return
			}
		}
	}
}

func isIndex(name string) bool {
	return strings.Trim(name, "0123456789") == ""
}

// general is a path of changesOf without the indexes of arrays.
func general(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if b.WriteByte(path[i]); path[i] != '[' {
			continue
		}
		if end := strings.IndexByte(path[i:], ']'); end > 1 && isIndex(path[i+1:i+end]) {
			i += end - 1
		}
	}
	return b.String()
}
