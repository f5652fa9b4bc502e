package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Key describes one key of the configuration, for `weir config show` and `weir config check`.
type Key struct {
	Path    string
	Field   string // of the section's struct
	Value   any
	Origin  string // "default", a file position, an environment variable, or the command line
	Use     string // "honoured" or "ignored"
	Because string // reason of "ignored"
}

// Keys lists every key in the order of the sections.
func (c *Config) Keys() []Key {
	var out []Key
	walk(reflect.ValueOf(c).Elem(), "", func(path string, v reflect.Value, f reflect.StructField) {
		k := Key{Path: path, Field: f.Name, Value: v.Interface(), Origin: or(c.Origins[path], "default"), Use: "honoured"}
		if use, reason, ok := strings.Cut(f.Tag.Get("use"), ": "); ok {
			k.Use, k.Because = use, reason
		}
		out = append(out, k)
	})
	return out
}

// walk calls f for every leaf key below v.
func walk(v reflect.Value, path string, f func(string, reflect.Value, reflect.StructField)) {
	for i := range v.NumField() {
		sf := v.Type().Field(i)
		name := sf.Tag.Get("yaml")
		if name == "" || name == "-" {
			continue
		}
		sub := name
		if path != "" {
			sub = path + "." + name
		}
		if isSection(sf.Type) {
			walk(v.Field(i), sub, f)
			continue
		}
		f(sub, v.Field(i), sf)
	}
}

func isSection(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != reflect.TypeFor[Any]() && !reflect.PointerTo(t).Implements(reflect.TypeFor[nodeDecoder]())
}

func setDefaults(c *Config) { defaultsOf(reflect.ValueOf(c).Elem()) }

func defaultsOf(v reflect.Value) {
	if v.Kind() != reflect.Struct || !isSection(v.Type()) {
		return
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if name := f.Tag.Get("yaml"); name == "" || name == "-" {
			continue
		}
		if d, ok := f.Tag.Lookup("default"); ok {
			if err := scalar(v.Field(i), d); err != nil {
				panic("config: default of " + f.Name + ": " + err.Error()) // a test walks every default
			}
		} else {
			defaultsOf(v.Field(i))
		}
	}
}

func field(v reflect.Value, key string) (reflect.Value, bool) {
	if v.Kind() != reflect.Struct {
		return v, false
	}
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		if name := tag.Get("yaml"); name != "-" && name != "" && (name == key || tag.Get("alias") == key) {
			return v.Field(i), true
		}
	}
	return v, false
}

func keysOf(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" && name != "-" {
			out = append(out, name)
		}
	}
	return out
}

// nearest returns the candidate with the smallest edit distance, if it is close enough to be a slip of the pen.
func nearest(s string, candidates []string) string {
	best, at := "", max(2, len(s)/3)+1
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		if d := distance(strings.ToLower(s), strings.ToLower(c)); d < at {
			best, at = c, d
		}
	}
	return best
}

// distance is the Levenshtein distance of two short texts.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		prev := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := prev
			if a[i] != b[j] {
				cost++
			}
			prev = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Text prints a value of Key as an operator would write it; null for what is not set.
func Text(v any) string {
	r := reflect.ValueOf(v)
	if r.Kind() == reflect.Pointer {
		if r.IsNil() {
			return "null"
		}
		return Text(r.Elem().Interface())
	}
	switch x := v.(type) {
	case Seconds:
		return number(x.Duration().Seconds())
	case Millis:
		return number(float64(x.Duration().Microseconds()) / 1000)
	case float64:
		return number(x)
	case Any:
		return map[bool]string{true: "(set)", false: "null"}[x.Set]
	case Topics:
		return fmt.Sprintf("%d assigned", len(x.Assigned))
	case RedisConfigs:
		if x.Quotas == nil {
			return "null"
		}
		return strings.Join(x.Quotas.Servers, ",")
	}
	if (r.Kind() == reflect.Slice || r.Kind() == reflect.Map) && r.Len() == 0 {
		return map[reflect.Kind]string{reflect.Slice: "[]", reflect.Map: "{}"}[r.Kind()]
	}
	return fmt.Sprint(v)
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
