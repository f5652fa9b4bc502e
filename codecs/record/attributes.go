package record

import "weir/codecs/event"

// Attributes are the attributes of one member, with the document that they belong to.
type Attributes struct {
	Doc *event.Doc
	Map *event.Value // an object; nil: the member has none yet
	of  *event.Value
}

// AttributesOf returns the attributes of a member that was opened.
func AttributesOf(d *event.Doc, member *event.Value) Attributes {
	a := Attributes{Doc: d, of: member, Map: member.Get("attributes")}
	return a
}

// Has reports whether a name is there, be it with null.
func (a *Attributes) Has(name string) bool { return a.Map.Find(name) >= 0 }

// Value is the value of an attribute, nil when there is none.
func (a *Attributes) Value(name string) *event.Value { return a.Map.Get(name).Get("value") }

// Text is the value of a string attribute.
func (a *Attributes) Text(name string) (string, bool) { return a.Value(name).Str() }

// Plain is the value of a string attribute, empty when there is none.
func (a *Attributes) Plain(name string) string { return a.Value(name).Text() }

// Float is the value of a numeric attribute.
func (a *Attributes) Float(name string) (float64, bool) { return a.Value(name).Float() }

// Delete removes an attribute with its metadata.
func (a *Attributes) Delete(name string) { a.Map.Delete(name) }

// The types of attributes.
const (
	TypeString  = "string"
	TypeInteger = "integer"
	TypeDouble  = "double"
	TypeBoolean = "boolean"
	TypeArray   = "array"
)

// Set writes an attribute, over one that is there.
func (a *Attributes) Set(name, kind string, value *event.Value) {
	if a.Map.Kind() != event.Object {
		a.create()
	}
	x := a.Doc.NewObject(2)
	x.SetObject(append(x.Members(), event.Member{Key: "type", Value: a.Doc.NewString(kind)}, event.Member{Key: "value", Value: value}))
	a.Map.Set(name, x)
}

func (a *Attributes) create() {
	if a.Map == nil {
		a.Map = a.Doc.NewObject(16)
		a.of.Set("attributes", a.Map)
		return
	}
	a.Map.SetObject(a.Doc.NewMembers(16))
	a.Map.SetOmit(false)
}

// Reserve makes room for n more attributes.
func (a *Attributes) Reserve(n int) {
	if a.Map.Kind() == event.Object {
		a.Doc.Reserve(a.Map, n)
	}
}

// SetText writes a string attribute.
func (a *Attributes) SetText(name, text string) { a.Set(name, TypeString, a.Doc.NewString(text)) }

// SetFloat writes a double attribute.
func (a *Attributes) SetFloat(name string, f float64) { a.Set(name, TypeDouble, a.Doc.NewFloat(f)) }

// SetBool writes a boolean attribute.
func (a *Attributes) SetBool(name string, b bool) { a.Set(name, TypeBoolean, a.Doc.NewBool(b)) }

// AddText writes a string attribute unless the name is there or the text is empty (items 3.4).
func (a *Attributes) AddText(name, text string) {
	if text != "" && !a.Has(name) {
		a.SetText(name, text)
	}
}

// AddFloat writes a double attribute unless the name is there.
func (a *Attributes) AddFloat(name string, f float64) {
	if !a.Has(name) {
		a.SetFloat(name, f)
	}
}

// AddCopy copies type and value of an attribute under another name unless that is there or there is nothing to copy.
func (a *Attributes) AddCopy(to, from string) {
	if a.Has(to) {
		return
	}
	if x := a.Map.Get(from); !x.IsNull() && !x.Get("value").IsNull() {
		a.Set(to, x.Get("type").Text(), a.Doc.Copy(x.Get("value")))
		if !x.Meta().IsEmpty() {
			a.Doc.MergeMeta(a.Map.Get(to), x.Meta())
		}
	}
}
