package chain

import (
	"bytes"
	"encoding/json"
	"sort"
	"strconv"

	"weir/processors"
)

// maxChanges bounds the list of what one step changed.
const maxChanges = 200

// snapshot is the event of a unit as JSON, only for people who asked for the changes.
func (r *run) snapshot(u *processors.Unit) []byte {
	if !r.in.Trail || u.Event == nil {
		return nil
	}
	return u.Event.AppendTo(nil)
}

// changes lists the paths that differ between two documents, sorted.
func changes(before, after []byte) []string {
	if before == nil || bytes.Equal(before, after) {
		return nil
	}
	var a, b any
	if json.Unmarshal(before, &a) != nil || json.Unmarshal(after, &b) != nil {
		return nil
	}
	var paths []string
	differ("", a, b, &paths)
	sort.Strings(paths)
	return paths
}

func differ(path string, a, b any, paths *[]string) {
	if len(*paths) >= maxChanges {
		return
	}
	switch a := a.(type) {
	case map[string]any:
		if b, ok := b.(map[string]any); ok {
			for k, v := range a {
				differ(path+"."+k, v, b[k], paths)
			}
			for k := range b {
				if _, both := a[k]; !both {
					*paths = append(*paths, path+"."+k)
				}
			}
			return
		}
	case []any:
		if b, ok := b.([]any); ok && len(a) == len(b) {
			for i := range a {
				differ(path+"."+strconv.Itoa(i), a[i], b[i], paths)
			}
			return
		}
	}
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	if errX != nil || errY != nil || !bytes.Equal(x, y) {
		*paths = append(*paths, path)
	}
}
