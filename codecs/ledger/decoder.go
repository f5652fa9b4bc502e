package ledger

import (
	"errors"

	"weir/codecs/jsontext"
)

// decoder walks a record and keeps the first error; after it, values are zero.
type decoder struct{ err error }

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

func (d *decoder) object(b []byte, member func(key string, value []byte)) {
	r := jsontext.NewReader(b, 0)
	for ok := r.Object(); ok && r.More(); {
		key := string(r.Key())
		if value := r.Value(); value != nil && d.err == nil {
			member(key, value)
		}
	}
	d.finish(&r, b)
}

func (d *decoder) array(b []byte, element func(value []byte)) {
	r := jsontext.NewReader(b, 0)
	for ok := r.Array(); ok && r.More(); {
		if value := r.Value(); value != nil && d.err == nil {
			element(value)
		}
	}
	d.finish(&r, b)
}

func (d *decoder) finish(r *jsontext.Reader, b []byte) {
	if err := r.Err(); err != nil {
		d.fail(err)
	} else if jsontext.SkipSpace(b, r.Pos()) != len(b) {
		d.fail(errors.New("trailing characters"))
	}
}

// fields returns the n elements of an array.
func (d *decoder) fields(b []byte, n int) [][]byte {
	list := make([][]byte, 0, n)
	d.array(b, func(value []byte) { list = append(list, value) })
	if len(list) != n {
		d.fail(errors.New("wrong number of fields"))
		list = make([][]byte, n)
	}
	return list
}

func (d *decoder) uints(b []byte, n int) []uint64 {
	list := make([]uint64, n)
	for i, f := range d.fields(b, n) {
		list[i] = d.uint(f)
	}
	return list
}

// offsets reads ranges as the distances of AppendTo.
func (d *decoder) offsets(b []byte) [][2]int64 {
	var list [][2]int64
	end, first, half := int64(0), int64(0), false
	d.array(b, func(value []byte) {
		n := d.int(value)
		sum := end + n
		if n < 0 || sum < end || !half && n == 0 && len(list) > 0 {
			d.fail(errors.New("offsets out of order"))
			return
		}
		if half {
			list = append(list, [2]int64{first, sum})
		}
		first, end, half = sum, sum, !half
	})
	if half {
		d.fail(errors.New("odd number of offsets"))
	}
	return list
}

func (d *decoder) uint(b []byte) uint64 {
	n, ok := jsontext.Uint(b)
	if !ok {
		d.fail(errors.New("expected a number"))
	}
	return n
}

func (d *decoder) int(b []byte) int64 {
	n, ok := jsontext.Int(b)
	if !ok {
		d.fail(errors.New("expected a number"))
	}
	return n
}

func (d *decoder) text(b []byte) string {
	s, ok := jsontext.String(b)
	if !ok {
		d.fail(errors.New("expected a text"))
	}
	return s
}
