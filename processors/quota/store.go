package quota

import (
	"context"
	"errors"

	"weir/codecs/dsn"
)

// Store counts. Implementations: quota/redis, quota/memory. It is safe for concurrent use.
type Store interface {
	// Check runs the checks independently of each other, each one atomically (pipeline 5.5), and returns one result for
	// each. The error is for a caller that went away; a store that does not answer gives results with Unchecked.
	Check(ctx context.Context, checks []Check) ([]Result, error)
}

// ErrResults says that a store broke its contract of one result for each check.
var ErrResults = errors.New("quota store returned a wrong number of results")

// Check is one atomic check: it rejects as a whole when any counter rejects, and then changes nothing.
type Check struct {
	Org      dsn.OrgID // all keys of a check carry it as the cluster hash tag
	Now      int64     // Unix seconds; for stores that expire counters themselves
	Counters []Counter
}

// Counter is one quota of a check (pipeline 5.4, 5.5).
type Counter struct {
	Key        string // of the counter; ends in ":hash" when Field is set
	Refund     string // key of the refunds, written by Sentry
	Field      string // hash field of a groupBy quota, empty for a plain counter
	Limit      int64  // negative: count only
	ExpireAt   int64  // Unix seconds
	Quantity   int64  // 0: test whether the limit is reached
	OverAccept bool   // one item may cross the limit
	// MaxFields is the cardinality of a groupBy quota: how many values the hash may hold; negative: no bound.
	MaxFields int64
}

// Result is what a check found. States is empty when Unchecked.
type Result struct {
	States    []State
	Unchecked bool // the store did not answer: nothing is known and the item passes (pipeline 5.5)
}

// State is one counter after a check.
type State struct {
	Rejected bool
	Consumed int64 // counter - refund, with this quantity if it was counted
}

// Limited reports whether any counter rejected.
func (r Result) Limited() bool {
	for _, s := range r.States {
		if s.Rejected {
			return true
		}
	}
	return false
}

// Decide is the verdict about one counter from what the store read, the rule of pipeline 5.5 step 2. fields is the number
// of fields in the hash, missing says that c.Field is not one of them; both only matter with c.Field.
func Decide(c *Counter, consumed, fields int64, missing bool) bool {
	switch {
	case c.Field != "" && missing && c.MaxFields >= 0 && fields >= c.MaxFields:
		return true
	case c.Limit < 0:
		return false
	case c.Quantity == 0 || c.OverAccept:
		return consumed >= c.Limit
	case consumed < 0:
		return consumed+c.Quantity > c.Limit
	}
	return c.Quantity > c.Limit-consumed // the same without overflow
}
