package redis

import (
	"context"
	"errors"

	goredis "github.com/redis/go-redis/v9"

	"weir/processors/quota"
)

// Bounds of one script call: Redis serves nobody else while it runs, and Lua passes at most some thousand keys on.
const (
	maxCallChecks = 512
	maxCallCells  = 1024
)

// request is one script call with the checks that it makes. Counters that several checks share are named once, and equal checks stand there
// once with their number: which of several waiting checks comes first is nobody's business. A request is used again and again.
type request struct {
	jobs   []job
	shapes []shape
	cells  map[cellName]int  // 1-based, as Lua counts
	nodes  map[shapeNode]int // the tree of the beginnings of shapes, 0 its root
	leaves map[int]int       // the shape that ends at a node
	keys   []any             // counter and refunds of each cell
	field  []any             // of each cell
	cmd    *goredis.IntSliceCmd
}

// cellName names a counter.
type cellName struct{ key, field string }

// shapeNode is one more counter behind the beginning of a shape.
type shapeNode struct {
	before, cell                  int
	limit, expiry, quantity, most int64
	over                          bool
}

// shape is a list of equal checks.
type shape struct {
	jobs  []job
	cells []int
}

func newRequest() *request {
	return &request{cells: map[cellName]int{}, nodes: map[shapeNode]int{}, leaves: map[int]int{}}
}

func (r *request) reset() {
	for i := range r.shapes {
		clear(r.shapes[i].jobs)
	}
	clear(r.jobs)
	clear(r.keys)
	clear(r.cells)
	clear(r.nodes)
	clear(r.leaves)
	r.jobs, r.shapes, r.keys, r.field, r.cmd = r.jobs[:0], r.shapes[:0], r.keys[:0], r.field[:0], nil
}

// full reports whether no further check fits.
func (r *request) full(c *quota.Check) bool {
	return len(r.jobs) > 0 && (len(r.jobs) >= maxCallChecks || len(r.cells)+len(c.Counters) > maxCallCells)
}

// add puts a check into the call.
func (r *request) add(j job) {
	r.jobs = append(r.jobs, j)
	counters := j.check().Counters
	node := shapeNode{}
	at := 0
	for i := range counters {
		c := &counters[i]
		node = shapeNode{before: at, cell: r.cell(c), limit: c.Limit, expiry: c.ExpireAt, quantity: c.Quantity, most: c.MaxFields, over: c.OverAccept}
		next, ok := r.nodes[node]
		if !ok {
			next = len(r.nodes) + 1
			r.nodes[node] = next
		}
		at = next
	}
	n, ok := r.leaves[at]
	if !ok {
		n = r.newShape(counters)
		r.leaves[at] = n
	}
	r.shapes[n].jobs = append(r.shapes[n].jobs, j)
}

// newShape takes the memory of a shape of an earlier call, if there is one.
func (r *request) newShape(counters []quota.Counter) int {
	n := len(r.shapes)
	if n < cap(r.shapes) {
		r.shapes = r.shapes[:n+1]
	} else {
		r.shapes = append(r.shapes, shape{})
	}
	s := &r.shapes[n]
	s.jobs, s.cells = s.jobs[:0], s.cells[:0]
	for i := range counters {
		s.cells = append(s.cells, r.cell(&counters[i]))
	}
	return n
}

func (r *request) cell(c *quota.Counter) int {
	name := cellName{c.Key, c.Field}
	n, ok := r.cells[name]
	if !ok {
		n = len(r.cells) + 1
		r.cells[name] = n
		field := c.Field
		if field == "" {
			field = "_"
		}
		r.keys, r.field = append(r.keys, c.Key, c.Refund), append(r.field, field)
	}
	return n
}

// command makes the call: by the script's digest, or with its text, which the server then keeps.
func (r *request) command(ctx context.Context, whole bool) *goredis.IntSliceCmd {
	args := make([]any, 0, 5+len(r.keys)+len(r.field)+2*len(r.shapes)+6*len(r.nodes))
	if whole {
		args = append(args, "eval", checkScript)
	} else {
		args = append(args, "evalsha", script.Hash())
	}
	args = append(append(args, len(r.keys)), r.keys...)
	args = append(append(args, len(r.cells), len(r.shapes)), r.field...)
	for i := range r.shapes {
		s := &r.shapes[i]
		args = append(args, len(s.jobs), len(s.cells))
		counters := s.jobs[0].check().Counters
		for k := range counters {
			c, over := &counters[k], 0
			if c.OverAccept {
				over = 1
			}
			args = append(args, s.cells[k], c.Limit, c.ExpireAt, c.Quantity, over, c.MaxFields)
		}
	}
	r.cmd = goredis.NewIntSliceCmd(ctx, args...)
	return r.cmd
}

var (
	errReply  = errors.New("unexpected reply of the quota script")
	errBroken = errors.New("a counter is not a number, or a key has another type")
)

// The verdicts of the script about those of a shape that were not counted.
const (
	verdictBroken   = -1
	verdictCounted  = 0 // there are none
	verdictRejected = 1
)

// decode gives every check of the call its result. A check whose keys are broken stays unchecked; faulty is told.
func (r *request) decode(reply []int64, faulty func(error)) error {
	total := 0
	for i := range r.shapes {
		total += len(r.shapes[i].jobs) * len(r.shapes[i].cells)
	}
	all := make([]quota.State, total)
	for i := range r.shapes {
		s := &r.shapes[i]
		n := len(s.cells)
		if len(reply) < 2+3*n {
			return errReply
		}
		counted, verdict, counters := reply[0], reply[1], reply[2:2+3*n]
		if verdict < verdictBroken || verdict > verdictRejected || verdict == verdictCounted && counted != int64(len(s.jobs)) {
			return errReply
		}
		reply = reply[2+3*n:]
		for k, j := range s.jobs {
			if int64(k) >= counted && verdict == verdictBroken {
				*j.result() = quota.Result{Unchecked: true}
				faulty(errBroken)
				continue
			}
			states := all[:n:n]
			all = all[n:]
			for c := range states {
				before, step := counters[3*c], counters[3*c+1]
				if int64(k) < counted {
					states[c].Consumed = before + int64(k)*step + j.check().Counters[c].Quantity
				} else {
					states[c] = quota.State{Consumed: before + counted*step, Rejected: counters[3*c+2] != 0}
				}
			}
			*j.result() = quota.Result{States: states}
		}
	}
	if len(reply) > 0 {
		return errReply
	}
	return nil
}
