package event

import (
	"strconv"
	"sync"
	"unsafe"
)

const (
	valueSlab  = 256
	memberSlab = 512
	byteSlab   = 4096
	metaSlab   = 16
	// keepSlabs bounds what a pooled Doc holds on to: about 4 MB.
	keepSlabs = 256
)

// Doc owns the nodes of one document. It is not safe for concurrent use, not even for AppendTo.
type Doc struct {
	Root *Value

	values  [][]Value // full-length slabs; the last used one is values[valueAt]
	valueAt int
	valueN  int
	members [][]Member
	memAt   int
	memN    int
	bytes   []byte
	metas   []Meta
	metaN   int

	p     parser
	hasMt bool
	order []int32 // scratch of the meta writer
}

var docs = sync.Pool{New: func() any {
	return &Doc{values: [][]Value{make([]Value, valueSlab)}, members: [][]Member{make([]Member, memberSlab)}}
}}

// New returns an empty document from the pool. Root is nil.
func New() *Doc { return docs.Get().(*Doc) }

// Release gives the document back to the pool. Neither it nor any of its values and texts may be used afterwards.
func (d *Doc) Release() {
	if len(d.values) > keepSlabs || len(d.members) > keepSlabs {
		return
	}
	for i := 0; i <= d.valueAt; i++ {
		clear(d.values[i][:d.usedValues(i)])
	}
	for i := 0; i <= d.memAt; i++ {
		s := d.members[i]
		if i == d.memAt {
			s = s[:d.memN]
		}
		clear(s)
	}
	clear(d.metas[:d.metaN])
	d.valueAt, d.valueN, d.memAt, d.memN, d.metaN = 0, 0, 0, 0, 0
	d.bytes = d.bytes[:0]
	d.Root, d.hasMt = nil, false
	d.p.reset()
	docs.Put(d)
}

func (d *Doc) usedValues(slab int) int {
	if slab == d.valueAt {
		return d.valueN
	}
	return len(d.values[slab])
}

func (d *Doc) alloc() *Value {
	if d.valueN == len(d.values[d.valueAt]) {
		d.nextSlab()
	}
	v := &d.values[d.valueAt][d.valueN]
	d.valueN++
	return v
}

func (d *Doc) nextSlab() {
	d.valueAt++
	d.valueN = 0
	if d.valueAt == len(d.values) {
		d.values = append(d.values, make([]Value, valueSlab))
	}
}

// NewMembers returns an empty member list with room for n entries.
func (d *Doc) NewMembers(n int) []Member {
	if n == 0 {
		return nil
	}
	slab := d.members[d.memAt]
	if d.memN+n > len(slab) {
		if n > memberSlab/4 {
			return make([]Member, 0, n)
		}
		d.memAt++
		d.memN = 0
		if d.memAt == len(d.members) {
			d.members = append(d.members, make([]Member, memberSlab))
		}
		slab = d.members[d.memAt]
	}
	out := slab[d.memN : d.memN : d.memN+n]
	d.memN += n
	return out
}

// Reserve makes room for n more entries in an object or array, so that additions do not allocate.
func (d *Doc) Reserve(v *Value, n int) {
	if cap(v.kids)-len(v.kids) < n {
		v.kids = append(d.NewMembers(len(v.kids)+n), v.kids...)
	}
}

// Intern copies b into the document and returns it as a string.
func (d *Doc) Intern(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	at := d.room(len(b))
	d.bytes = append(d.bytes, b...)
	return d.stringFrom(at)
}

// Concat returns the joined parts as a text of the document.
func (d *Doc) Concat(parts ...string) string {
	n := 0
	for _, s := range parts {
		n += len(s)
	}
	if n == 0 {
		return ""
	}
	at := d.room(n)
	for _, s := range parts {
		d.bytes = append(d.bytes, s...)
	}
	return d.stringFrom(at)
}

// room makes sure that n bytes fit without moving the texts that exist, and returns where they will start.
func (d *Doc) room(n int) int {
	if cap(d.bytes)-len(d.bytes) < n {
		d.bytes = make([]byte, 0, max(byteSlab, n)) // earlier texts keep the old array
	}
	return len(d.bytes)
}

func (d *Doc) stringFrom(at int) string {
	b := d.bytes[at:]
	if len(b) == 0 {
		return ""
	}
	return unsafe.String(&b[0], len(b))
}

// NewNull returns a new null.
func (d *Doc) NewNull() *Value { return d.alloc() }

// NewString returns a new string. The text is not copied.
func (d *Doc) NewString(s string) *Value {
	v := d.alloc()
	v.kind, v.text = String, s
	return v
}

// NewNumber returns a new number with the given JSON literal, which is not checked.
func (d *Doc) NewNumber(literal string) *Value {
	v := d.alloc()
	v.kind, v.text = Number, literal
	return v
}

// NewInt returns a new integer.
func (d *Doc) NewInt(n int64) *Value {
	at := d.room(20)
	d.bytes = strconv.AppendInt(d.bytes, n, 10)
	return d.NewNumber(d.stringFrom(at))
}

// NewUint returns a new integer.
func (d *Doc) NewUint(n uint64) *Value {
	at := d.room(20)
	d.bytes = strconv.AppendUint(d.bytes, n, 10)
	return d.NewNumber(d.stringFrom(at))
}

// NewFloat returns a new number in the canonical float form (normalize 2.4). f must be finite.
func (d *Doc) NewFloat(f float64) *Value { return d.NewNumber(d.FloatText(f)) }

// FloatText returns the canonical float form as a text of the document.
func (d *Doc) FloatText(f float64) string {
	at := d.room(32)
	d.bytes = AppendFloat(d.bytes, f)
	return d.stringFrom(at)
}

// NewBool returns a new boolean.
func (d *Doc) NewBool(b bool) *Value {
	v := d.alloc()
	v.kind = False
	if b {
		v.kind = True
	}
	return v
}

// NewObject returns a new object with room for n entries.
func (d *Doc) NewObject(n int) *Value {
	v := d.alloc()
	v.kind, v.kids = Object, d.NewMembers(n)
	return v
}

// NewArray returns a new array with room for n entries.
func (d *Doc) NewArray(n int) *Value {
	v := d.alloc()
	v.kind, v.kids = Array, d.NewMembers(n)
	return v
}

// Clone returns a deep copy of v without metadata. Texts are shared.
func (d *Doc) Clone(v *Value) *Value {
	w := d.alloc()
	if v == nil {
		return w
	}
	w.kind, w.text, w.plain = v.kind, v.text, v.plain
	w.kids = d.NewMembers(len(v.kids))
	for _, m := range v.kids {
		w.kids = append(w.kids, Member{m.Key, d.Clone(m.Value)})
	}
	return w
}

// Copy returns a deep copy of v with metadata. Texts are shared.
func (d *Doc) Copy(v *Value) *Value {
	w := d.alloc()
	if v == nil {
		return w
	}
	*w = *v
	if !v.meta.IsEmpty() {
		w.meta = d.newMeta()
		*w.meta = *v.meta
	}
	w.kids = d.NewMembers(len(v.kids))
	for _, m := range v.kids {
		w.kids = append(w.kids, Member{m.Key, d.Copy(m.Value)})
	}
	return w
}

// HasMeta reports whether any node of the document may have metadata.
func (d *Doc) HasMeta() bool { return d.hasMt }
