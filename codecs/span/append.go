package span

import (
	"slices"
	"strings"

	"weir/codecs/event"
)

func absent(v *event.Value) bool { return v.IsNull() && v.Meta().IsEmpty() }

// copy returns v as a node of its own.
func (c *Converter) copy(v *event.Value) *event.Value {
	if v == nil {
		return nil
	}
	return c.d.Copy(v)
}

// add appends an attribute.
func (c *Converter) add(name string, kind int, value *event.Value) *event.Value {
	a := c.d.NewObject(2)
	a.SetMembers(append(a.Members(), event.Member{Key: "type", Value: c.types[kind]}, event.Member{Key: "value", Value: value}))
	c.list = append(c.list, event.Member{Key: name, Value: a})
	return a
}

// text appends a text that is not empty; its metadata stay at the value.
func (c *Converter) text(name string, v *event.Value) {
	if v.Text() != "" {
		c.add(name, typeString, c.d.Copy(v))
	}
}

// number appends a number as a double.
func (c *Converter) number(name string, v *event.Value) {
	x := c.d.Copy(v)
	if text, ok := v.NumberText(); ok && event.IsInteger(text) {
		f, _ := v.Float()
		x.SetNumber(c.d.FloatText(f))
	}
	c.add(name, typeDouble, x)
}

// null appends an attribute without content.
func (c *Converter) null(name string, meta *event.Meta) *event.Value {
	a := c.d.NewNull()
	a.SetMeta(meta)
	c.list = append(c.list, event.Member{Key: name, Value: a})
	return a
}

// scalar appends a value by its own type; metadata belong to the attribute.
func (c *Converter) scalar(name string, v *event.Value, meta *event.Meta) {
	kind := typeString
	switch v.Kind() {
	case event.True, event.False:
		kind = typeBoolean
	case event.Number:
		kind = typeDouble
		if text, _ := v.NumberText(); event.IsInteger(text) {
			if _, ok := v.Int(); !ok {
				c.d.AddError(c.null(name, c.own(meta)), event.InvalidData, "integer too large")
				return
			}
			kind = typeInteger
		}
	}
	c.add(name, kind, c.d.Clone(v)).SetMeta(meta)
}

// own returns a copy of metadata that may be added to.
func (c *Converter) own(meta *event.Meta) *event.Meta {
	if meta.IsEmpty() {
		return nil
	}
	v := c.d.NewNull()
	c.d.MergeMeta(v, meta)
	return v.Meta()
}

// data appends a member of the span's data; what is empty is left out, what is no scalar becomes text.
func (c *Converter) data(name string, v *event.Value) {
	meta := v.Meta()
	switch v.Kind() {
	case event.Null:
		if !meta.IsEmpty() {
			c.null(name, meta)
		}
	case event.Array, event.Object:
		if v.Len() == 0 {
			return
		}
		c.buf = v.AppendTo(c.buf[:0])
		a := c.add(name, typeString, c.d.NewString(c.d.Intern(c.buf)))
		a.SetMeta(c.own(meta))
		c.d.AddError(a, event.InvalidData, "expected scalar attribute")
	case event.String:
		if v.Text() != "" || !meta.IsEmpty() {
			c.scalar(name, v, meta)
		}
	default:
		c.scalar(name, v, meta)
	}
}

// finish sorts the attributes, keeps the first of each name, and takes the name out.
func (c *Converter) finish() (attributes, name *event.Value) {
	slices.SortStableFunc(c.list, func(a, b event.Member) int { return strings.Compare(a.Key, b.Key) })
	kids := c.d.NewMembers(len(c.list) + 4) // a few will be added
	for i, m := range c.list {
		if i > 0 && m.Key == c.list[i-1].Key {
			continue
		}
		if m.Key == AttrName {
			if v := m.Value.Get("value"); v.Kind() == event.String {
				name = c.d.Copy(v)
				c.d.MergeMeta(name, m.Value.Meta())
			}
			continue
		}
		kids = append(kids, m)
	}
	attributes = c.d.NewObject(0)
	attributes.SetMembers(kids)
	return attributes, name
}
