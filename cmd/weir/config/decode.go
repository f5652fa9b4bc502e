package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Any is a value that weir does not read.
type Any struct{ Set bool }

// nodeDecoder is implemented by types with several written forms.
type nodeDecoder interface {
	decodeNode(l *loader, n *yaml.Node, path string)
}

func (l *loader) decodeRoot(n *yaml.Node, file string) {
	l.decode(reflect.ValueOf(l.cfg).Elem(), n, "", file)
}

// decode stores n in v. path is the dotted key, empty at the root.
func (l *loader) decode(v reflect.Value, n *yaml.Node, path, file string) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	d, special := v.Addr().Interface().(nodeDecoder)
	if _, unread := v.Interface().(Any); special || unread || n.Kind == yaml.ScalarNode {
		if !l.expand(n) {
			return
		}
	}
	if special {
		l.unique(n, path, file)
		d.decodeNode(l, n, path)
		l.cfg.Origins[path] = fmt.Sprintf("%s:%d", file, n.Line)
		return
	}
	switch v.Interface().(type) {
	case Any:
		v.Set(reflect.ValueOf(Any{true}))
		l.cfg.Origins[path] = fmt.Sprintf("%s:%d", file, n.Line)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if n.Tag == "!!null" {
			return
		}
		if n.Kind != yaml.MappingNode {
			l.fail("%s: a section with keys is expected (%s:%d)", or(path, "configuration"), file, n.Line)
			return
		}
		l.decodeStruct(v, n, path, file)
	case reflect.Map:
		if n.Tag == "!!null" {
			return
		}
		if n.Kind != yaml.MappingNode {
			l.fail("%s: a mapping is expected (%s:%d)", path, file, n.Line)
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		for i := 0; i+1 < len(n.Content); i += 2 {
			e := reflect.New(v.Type().Elem()).Elem()
			defaultsOf(e)
			l.decode(e, n.Content[i+1], path+"."+n.Content[i].Value, file)
			v.SetMapIndex(reflect.ValueOf(n.Content[i].Value), e)
		}
		l.cfg.Origins[path] = fmt.Sprintf("%s:%d", file, n.Line)
	case reflect.Slice:
		if n.Tag == "!!null" {
			return
		}
		if n.Kind != yaml.SequenceNode {
			l.fail("%s: a list is expected (%s:%d)", path, file, n.Line)
			return
		}
		out := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
		for i, c := range n.Content {
			l.decode(out.Index(i), c, fmt.Sprintf("%s[%d]", path, i), file)
		}
		v.Set(out)
		l.cfg.Origins[path] = fmt.Sprintf("%s:%d", file, n.Line)
	default:
		if n.Tag == "!!null" && v.Kind() == reflect.Pointer {
			v.SetZero()
			l.cfg.Origins[path] = fmt.Sprintf("%s:%d", file, n.Line)
			return
		}
		if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
			l.fail("%s: a single value is expected (%s:%d)", path, file, n.Line)
			return
		}
		text, tag := n.Value, n.Tag
		if n.Style != expandedStyle && !isString(v) {
			text, tag = notText(n)
		}
		if !isString(v) && (tag == "!!str" || tag == "!!int" && kindName(v) == trueOrFalse) && n.Style != expandedStyle && !fromText(v) {
			l.fail("%s: %q is a text, but %s is expected (%s:%d)", path, n.Value, kindName(v), file, n.Line)
			return
		}
		if err := scalar(v, text); err != nil {
			l.fail("%s: %w (%s:%d)", path, err, file, n.Line)
			return
		}
		l.cfg.Origins[path] = fmt.Sprintf("%s:%d", file, n.Line)
	}
}

// notText is a value that shall be no text, as YAML 1.2 reads it: 0x10, 0o17 and 0b11 are numbers, and 010 and 1_000 are texts.
func notText(n *yaml.Node) (text, tag string) {
	digits := strings.TrimLeft(n.Value, "+-")
	switch {
	case n.Tag != "!!int":
	case strings.Contains(digits, "_"), len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9':
		return n.Value, "!!str"
	case len(digits) > 1 && digits[0] == '0':
		if i, err := strconv.ParseInt(n.Value, 0, 64); err == nil {
			return strconv.FormatInt(i, 10), n.Tag
		}
	}
	return n.Value, n.Tag
}

// decodeStruct reads a section. Keys that are written twice are refused where they are known, as in Relay.
func (l *loader) decodeStruct(v reflect.Value, n *yaml.Node, path, file string) {
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		sub := key.Value
		if path != "" {
			sub = path + "." + key.Value
		}
		f, ok := field(v, key.Value)
		if !ok {
			msg := fmt.Sprintf("%s: unknown key (%s:%d)", sub, file, key.Line)
			if near := nearest(key.Value, keysOf(v.Type())); near != "" {
				msg += fmt.Sprintf("; did you mean %s?", near)
			}
			l.warn("%s", msg)
			continue
		}
		if at, twice := first[key.Value]; twice {
			l.twice(sub, file, at, key.Line)
		}
		first[key.Value] = key.Line
		l.decode(f, value, sub, file)
	}
}

// set stores a textual value under a dotted key (environment and command line).
func (l *loader) set(path, value, origin string) {
	v := reflect.ValueOf(l.cfg).Elem()
	for part := range strings.SplitSeq(path, ".") {
		f, ok := field(v, part)
		if !ok {
			l.fail("%s: unknown key (%s)", path, origin)
			return
		}
		v = f
	}
	if err := scalar(v, value); err != nil {
		l.fail("%s: %w (%s)", path, err, origin)
		return
	}
	l.cfg.Origins[path] = origin
}

// scalar parses text into a simple value or a pointer to one.
func scalar(v reflect.Value, text string) error {
	if v.Kind() == reflect.Pointer {
		p := reflect.New(v.Type().Elem())
		if err := scalar(p.Elem(), text); err != nil {
			return err
		}
		v.Set(p)
		return nil
	}
	switch v.Interface().(type) {
	case ByteSize:
		n, err := ParseByteSize(text)
		v.SetInt(int64(n))
		return err
	case Seconds:
		d, err := parseUnits(text, time.Second)
		v.SetInt(int64(d))
		return err
	case Millis:
		d, err := parseUnits(text, time.Millisecond)
		v.SetInt(int64(d))
		return err
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		switch text {
		case "true", "1":
			v.SetBool(true)
		case "false", "0":
			v.SetBool(false)
		default:
			return fmt.Errorf("%q is neither true nor false", text)
		}
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return fmt.Errorf("%q is not a whole number", text)
		}
		v.SetInt(int64(n))
	case reflect.Float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%q is not a number", text)
		}
		v.SetFloat(n)
	default:
		return fmt.Errorf("cannot be set from a single value")
	}
	return nil
}

func isString(v reflect.Value) bool {
	t := v.Type()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.String
}

// fromText reports whether a quoted text is a form of the type (sizes have units).
func fromText(v reflect.Value) bool {
	t := v.Type()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t == reflect.TypeFor[ByteSize]()
}

const trueOrFalse = "true or false"

func kindName(v reflect.Value) string {
	t := v.Type()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[Seconds]():
		return "a number of seconds"
	case reflect.TypeFor[Millis]():
		return "a number of milliseconds"
	}
	switch t.Kind() {
	case reflect.Bool:
		return trueOrFalse
	case reflect.Int:
		return "a whole number"
	}
	return "a number"
}
