package quota

import (
	"math"
	"math/bits"
	"strconv"

	"weir/codecs/dsn"
	"weir/codecs/outcome"
	"weir/codecs/project"
)

const (
	keyGrace = 60 // seconds that a counter outlives its window (pipeline 5.4)
	// farFuture bounds window ends: a counter that expires later could not say so in milliseconds, and Redis refuses it.
	farFuture = math.MaxInt64/1000 - keyGrace
)

// window is the slot that now lies in and the second at which it ends; w > 0 and now >= 0 are Unix seconds. Slots of an
// organization are shifted by its id, so that not all windows of an installation end in the same second (pipeline 5.4).
func window(org dsn.OrgID, w uint64, now int64) (slot, end int64) {
	shift := uint64(org) % w
	n := uint64(now)
	if n < shift {
		return -1, int64(min(shift, farFuture)) // only with windows that reach back before the epoch
	}
	s := (n - shift) / w
	hi, e := bits.Mul64(s+1, w)
	e, carry := bits.Add64(e, shift, 0)
	if hi+carry > 0 || e > farFuture {
		e = farFuture
	}
	return int64(s), int64(e)
}

// appendKey builds `quota:id{org}subscope namespace:slot` without the blanks (pipeline 5.4).
func appendKey(dst []byte, q *project.Quota, sc dsn.Scoping, slot int64) []byte {
	dst = append(dst, "quota:"...)
	dst = append(dst, q.ID...)
	dst = append(dst, '{')
	dst = strconv.AppendUint(dst, uint64(sc.Org), 10)
	dst = append(dst, '}')
	switch {
	case q.Scope == project.QuotaProject:
		dst = strconv.AppendUint(dst, uint64(sc.Project), 10)
	case q.Scope == project.QuotaKey && sc.KeyID != 0:
		dst = strconv.AppendUint(dst, uint64(sc.KeyID), 10)
	}
	dst = append(dst, q.Namespace...)
	dst = append(dst, ':')
	return strconv.AppendInt(dst, slot, 10)
}

// Dimensions are what groupBy quotas may count an item by. A missing dimension is not the same as an empty one.
type Dimensions struct {
	Environment, Slug string
	Present           bool // check-ins have both, everything else has none
}

// appendField builds the hash field of a groupBy quota: environment before slug, whatever order the quota names.
func appendField(dst []byte, g *project.GroupBy, d Dimensions) []byte {
	env, slug := false, false
	for _, name := range g.Dimensions {
		env = env || name == project.DimensionEnvironment
		slug = slug || name == project.DimensionSlug
	}
	if env {
		dst = append(dst, ":check_in.environment:"...)
		dst = strconv.AppendUint(dst, dimensionHash(d.Environment), 10)
	}
	if slug {
		dst = append(dst, ":check_in.slug:"...)
		dst = strconv.AppendUint(dst, dimensionHash(d.Slug), 10)
	}
	return dst
}

// dimensionHash is 64-bit FNV-1a with start value 1 over the text and a byte 0xFF (pipeline 5.4).
func dimensionHash(s string) uint64 {
	const prime = 1099511628211
	h := uint64(1)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime
	}
	return (h ^ 0xFF) * prime
}

// storeLimit is the limit argument of the store: -1 counts only (pipeline 5.4).
func storeLimit(limit *uint64) int64 {
	if limit == nil || *limit > math.MaxInt64 {
		return -1
	}
	return int64(*limit)
}

// storeQuantity bounds a quantity to what a counter can hold.
func storeQuantity(n uint64) int64 {
	return int64(min(n, math.MaxInt64))
}

// categoryIndex maps a category to a slot of a table by category; unknown names share slot 0.
func categoryIndex(c outcome.Category) int { return int(c) + 1 }
