package scrub

import (
	_ "embed"
	"strings"
	"sync"

	"weir/processors/scrub/selector"
)

//go:embed data/schema.tsv
var schemaTSV string

// sensitivity is the pii column of the schema.
type sensitivity uint8

const (
	no      = sensitivity(selector.False)
	maybe   = sensitivity(selector.Maybe)
	yes     = sensitivity(selector.True)
	dynamic = sensitivity(3) // looked up by the last key of the path (scrub 6.4)
	inBag   = sensitivity(4) // looked up by the keys of the path from the last to the first: attribute bags
	inherit = sensitivity(5) // that of what is above
)

// form says how a value of the schema is walked.
type form uint8

const (
	formFree   form = iota // free-form JSON: what is below is as sensitive
	formScalar             // text, number or boolean
	formPath               // a file path: only the directory is offered (scrub 8.1)
	formStruct             // named fields
	formList               // elements of one shape
	formMap                // members of one shape
	formPairs              // list of pairs, addressed by key
	formUnion              // shape chosen by the member `type`
)

// shape is a type of the event schema.
type shape struct {
	form     form
	types    selector.Types // of the value itself; a free value answers to what it is in JSON, too
	id       int
	fields   []*field // of a struct
	other    *field   // what keys that are no fields are; nil: no such keys
	elem     *shape   // of lists, maps and pairs
	variants map[string]*field
	pii      sensitivity // replaces that of the field when hasPII
	hasPII   bool
	tagged   bool // a variant of a union: its member `type` is no value
	layers   int  // wrappers around the value, each of which is one more visit (normalize 14)
}

// field is a member of a struct or a variant of a union.
type field struct {
	key   string
	shape *shape
	pii   sensitivity
}

// structTypes are the selector types of schema types (scrub 5.2).
var structTypes = map[string]selector.Types{
	"Exception": selector.Error, "RawStacktrace": selector.Stack, "Frame": selector.Frame, "Request": selector.HTTP,
	"User": selector.User, "LogEntry": selector.LogEntry, "Message": selector.String | selector.Message, "Thread": selector.Thread,
	"Breadcrumb": selector.Breadcrumb, "Span": selector.Span, "ClientSdkInfo": selector.SDK,
}

// schema is the parsed table.
type schema struct {
	rows   map[string][][]string // by type
	shapes map[string]*shape     // by value type
	n      int
	event  *shape
	// attribute is an entry of an attribute bag: an object with a type and a value.
	attribute *shape
}

var eventSchema = sync.OnceValue(func() *schema {
	s := &schema{rows: make(map[string][][]string), shapes: make(map[string]*shape)}
	for _, row := range rows(schemaTSV, 5) {
		s.rows[row[0]] = append(s.rows[row[0]], row)
	}
	s.event = s.shape("Event")
	for _, name := range recordShapes {
		s.shape(name)
	}
	s.attribute = s.shape("Attribute")
	return s
})

func (s *schema) newShape(f form, t selector.Types) *shape {
	s.n++
	return &shape{form: f, types: t, id: s.n - 1}
}

// shape returns the shape of a value type of the schema.
func (s *schema) shape(valueType string) *shape {
	if _, name, ok := strings.Cut(valueType, "::"); ok {
		valueType = name
	}
	if sh, ok := s.shapes[valueType]; ok {
		return sh
	}
	sh := s.build(valueType)
	s.shapes[valueType] = sh
	return sh
}

func (s *schema) build(valueType string) *shape {
	if name, arg, ok := strings.Cut(strings.TrimSuffix(valueType, ">"), "<"); ok {
		switch name {
		case "array":
			return s.container(formList, selector.Array, arg)
		case "map":
			return s.container(formMap, selector.Object, arg)
		case "values":
			sh := s.newShape(formStruct, 0)
			sh.fields = []*field{{"values", s.shape("array<" + arg + ">"), no}}
			return sh
		case "pairlist":
			sh := s.newShape(formPairs, selector.Object)
			sh.elem = s.pairValue(arg)
			return sh
		}
	}
	if valueType == "NativeImagePath" {
		return s.newShape(formPath, 0)
	}
	rows := s.rows[valueType]
	if len(rows) == 0 {
		sh := s.newShape(formScalar, 0)
		switch valueType {
		case "any":
			sh.form, sh.layers = formFree, 1
		case "lenientstring", "jsonlenientstring":
			sh.layers = 1
		}
		return sh
	}
	if rows[0][3] == "newtype" {
		inner := *s.shape(rows[0][2])
		inner.types |= structTypes[valueType]
		inner.layers++
		inner.id = s.newShape(0, 0).id
		if p, ok := sensitivityByName(rows[0][4]); ok && p != no {
			inner.pii, inner.hasPII = p, true
		}
		return &inner
	}
	return s.structure(valueType, rows)
}

func (s *schema) container(f form, t selector.Types, elem string) *shape {
	sh := s.newShape(f, t)
	sh.elem = s.shape(elem)
	return sh
}

// pairValue returns the shape of the second element of a pair.
func (s *schema) pairValue(pair string) *shape {
	if rows := s.rows[pair]; len(rows) == 2 {
		return s.shape(rows[1][2])
	}
	_, second, _ := strings.Cut(strings.TrimSuffix(pair, ">"), ",")
	return s.shape(second)
}

func (s *schema) structure(name string, rows [][]string) *shape {
	sh := s.newShape(formStruct, structTypes[name])
	for _, row := range rows {
		f := &field{key: row[1], shape: s.shape(row[2])}
		p, ok := sensitivityByName(row[4])
		f.pii = p
		switch {
		case row[3] == "variant":
			if sh.variants == nil {
				sh.form, sh.variants = formUnion, make(map[string]*field)
			}
			v := *f.shape
			v.id, v.tagged = s.newShape(0, 0).id, f.key != "*"
			v.layers++
			if ok { // else it inherits that of the surrounding field
				v.pii, v.hasPII = p, true
			}
			f.shape = &v
			sh.variants[f.key] = f
		case row[3] == "flatten":
			sh.fields = append(sh.fields, f.shape.fields...)
		case row[3] == "other":
			f.shape = f.shape.elem // the row is the map of such keys
			sh.other = f
		default:
			sh.fields = append(sh.fields, f)
		}
	}
	return sh
}

// sensitivityByName reads the pii column; ok is false for inherit.
func sensitivityByName(name string) (p sensitivity, ok bool) {
	switch {
	case name == "true":
		return yes, true
	case name == "maybe":
		return maybe, true
	case strings.HasPrefix(name, "dynamic:attribute"):
		return inBag, true
	case strings.HasPrefix(name, "dynamic:"):
		return dynamic, true
	}
	return no, name == "false"
}
