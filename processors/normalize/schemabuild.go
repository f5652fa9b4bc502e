package normalize

import "strings"

// builder makes nodes and structures of the rows of schema.tsv.
type builder struct {
	*schema
	rows    map[string][]schemaRow
	structs map[string]*structure
}

// compileSchema reads the table. An unknown type in it is a bug of this package: it panics.
func compileSchema() *schema {
	b := &builder{schema: &schema{}, rows: readSchema(), structs: make(map[string]*structure)}
	item := b.add(&node{kind: kAny, layers: 1})
	item.trim, item.skip = true, skipNever
	b.event = b.add(&node{kind: kStruct})
	b.event.trim, b.event.skip = true, skipNever
	b.fill(b.event, "Event")
	b.schema.replay = b.add(&node{kind: kStruct})
	b.schema.replay.trim, b.schema.replay.skip = true, skipNever
	b.fill(b.schema.replay, "Replay")
	b.tag = b.add(&node{kind: kTag, name: "type"}) // the highest number: it stands last
	b.tag.skip = skipNever
	for _, n := range b.nodes {
		b.flag(n)
	}
	return b.schema
}

func (b *builder) add(n *node) *node {
	n.id = uint16(len(b.nodes))
	b.nodes = append(b.nodes, n)
	return n
}

// fill resolves a value type into n, whose attributes are those of the field. Wrapper rows add their own (3).
func (b *builder) fill(n *node, valueType string) {
	if n.maxDepth > 0 || n.maxBytes > 0 {
		n.bags = append(n.bags, bag{n.maxDepth, n.maxBytes})
	}
	b.resolve(n, valueType)
	if n.kind == kAny {
		n.layers++
	}
}

func (b *builder) resolve(n *node, valueType string) {
	if outer, arg, ok := strings.Cut(valueType, "<"); ok {
		arg = strings.TrimSuffix(arg, ">")
		switch outer {
		case "array":
			n.kind, n.elem = kArray, b.item(arg)
		case "map":
			n.kind, n.elem = kMap, b.item(arg)
		case "values":
			n.kind, n.st = kValues, b.values(arg)
		case "pairlist":
			n.elem = b.item(arg)
		case "tuple":
			key, value, _ := strings.Cut(arg, ",")
			n.kind, n.pair = kTuple, [2]*node{b.item(key), b.item(value)}
		default:
			panic("schema.tsv: value type " + valueType)
		}
		return
	}
	if i := strings.LastIndex(valueType, "::"); i >= 0 {
		valueType = valueType[i+2:]
	}
	if k, ok := scalarKinds[valueType]; ok {
		n.kind = k
		switch valueType {
		case "lenientstring", "jsonlenientstring", "IpAddr", "TraceId":
			n.layers++
		case "AutoInferSetting":
			n.empty = "legacy"
		case "TransactionSource":
			n.empty = "unknown"
		case "InstructionAddrAdjustment":
			n.empty = "auto"
		case "DebugId":
			n.empty = "00000000-0000-0000-0000-000000000000"
		}
		return
	}
	rows := b.rows[valueType]
	if rows == nil { // named by a row, declared by none: keeps nothing
		n.kind, n.st = kStruct, b.structure(valueType)
		return
	}
	switch rows[0].kind {
	case "newtype":
		b.wrap(n, rows[0].attrs)
		if valueType == "NativeImagePath" {
			n.layers--     // declared as a wrapper, does not count as one
			n.kind = kText // and is never cut (3)
			return
		}
		b.resolve(n, rows[0].valueType)
		if k, ok := typeKinds[valueType]; ok {
			n.kind = k
		}
	case "tuple":
		n.kind = kTuple
		for i := range n.pair {
			n.pair[i] = b.add(&node{attrs: rows[i].attrs, name: rows[i].wire})
			b.fill(n.pair[i], rows[i].valueType)
		}
	case "variant":
		n.kind = typeKinds[valueType]
		for _, r := range rows {
			v := b.add(&node{attrs: n.attrs, name: r.wire, layers: n.layers, bags: n.bags})
			b.wrap(v, r.attrs)
			b.resolve(v, r.valueType)
			if v.st != nil {
				v.st.union = true
			}
			v.retain = r.attrs.retain
			n.variants = append(n.variants, v)
		}
	default:
		n.kind, n.st = kStruct, b.structure(valueType)
		if k, ok := typeKinds[valueType]; ok {
			n.kind = k
		}
	}
}

// wrap lays a newtype or variant row over n: what the row sets itself wins.
func (b *builder) wrap(n *node, a attrs) {
	n.layers++
	if a.maxDepth > 0 {
		n.maxDepth = a.maxDepth
	}
	if a.maxBytes > 0 {
		n.maxBytes = a.maxBytes
	}
	if a.maxDepth > 0 || a.maxBytes > 0 {
		n.bags = append(n.bags[:len(n.bags):len(n.bags)], bag{n.maxDepth, n.maxBytes})
	}
}

// item is the position of array, map and tuple members: nothing of the field holds for them but trim, and what is
// not trimmed is not entered (12.2).
func (b *builder) item(valueType string) *node {
	if valueType == "any" {
		return b.nodes[0]
	}
	n := b.add(&node{})
	n.trim, n.skip = true, skipNever
	b.fill(n, valueType)
	return n
}

func (b *builder) values(item string) *structure {
	name := "values<" + item + ">"
	if st := b.structs[name]; st != nil {
		return st
	}
	rows := append([]schemaRow(nil), b.rows["Values"]...)
	rows[0].valueType = "array<" + item + ">"
	return b.build(name, rows)
}

func (b *builder) structure(name string) *structure {
	if st := b.structs[name]; st != nil {
		return st
	}
	return b.build(name, b.rows[name])
}

// build numbers the fields of a struct in output order, the catch-all last, so that sorting members by number
// brings them into output order (2.4).
func (b *builder) build(name string, rows []schemaRow) *structure {
	st := &structure{name: strings.ToLower(name), frames: name == "RawStacktrace", silent: name == "Metrics"}
	b.structs[name] = st
	var keys []keySlot
	types := make([]string, 0, len(rows))
	for _, r := range rows {
		n := b.add(&node{attrs: r.attrs, name: r.wire})
		if r.kind == "other" {
			st.other = n
			continue
		}
		for i, key := range append([]string{r.wire}, r.aliases...) {
			keys = append(keys, keySlot{key, int16(len(st.fields)), int8(i)})
		}
		st.aliased = st.aliased || len(r.aliases) > 0
		if n.required != optional {
			st.needs = append(st.needs, n)
		}
		if n.skip == skipNever {
			st.always = append(st.always, n)
		}
		st.fields = append(st.fields, n)
		types = append(types, r.valueType)
	}
	if st.other != nil && st.other.id != b.nodes[len(b.nodes)-1].id {
		panic("schema.tsv: the catch-all of " + name + " is not its last row")
	}
	st.keys = newKeyTable(keys)
	for i, n := range st.fields {
		b.fill(n, types[i])
	}
	if st.other != nil {
		b.fill(st.other, "any")
	}
	return st
}

// flag computes what the walkers use to pass by whole subtrees.
func (b *builder) flag(n *node) {
	n.checked = n.nonempty || n.trimWhitespace || n.allow != nil || n.deny != nil
	n.timed = n.kind == kTimestamp
	n.limited = n.maxChars > 0 || len(n.bags) > 0
	below := append([]*node{n.elem, n.pair[0], n.pair[1]}, n.variants...)
	for _, x := range below {
		if x != nil && x != n {
			b.flag(x)
			n.checked, n.timed, n.limited = n.checked || x.checked, n.timed || x.timed, n.limited || x.limited
		}
	}
	st := n.st
	if st == nil {
		return
	}
	if !st.flagged {
		st.flagged = true
		st.limited = st.frames
		for _, f := range st.fields {
			b.flag(f)
			st.checked = st.checked || f.checked || f.required != optional
			st.timed = st.timed || f.timed
			st.limited = st.limited || f.limited
		}
	}
	n.checked, n.timed, n.limited = n.checked || st.checked, n.timed || st.timed, n.limited || st.limited
}
