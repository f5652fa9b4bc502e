package admission

import (
	"weir/codecs/outcome"
	"weir/codecs/ratelimit"
)

// verdict is the result of one lookup: the limits that apply and the reason of the longest.
type verdict struct {
	limited bool
	reason  outcome.Reason
	limits  []ratelimit.Limit
}

// namespaces says how a lookup treats limits that name a namespace.
type namespaces uint8

const (
	withoutNamespace namespaces = iota // envelope items have none
	anyNamespace                       // metric buckets, before they are read
)

// lookup finds every active limit on a category (pipeline 6.1, 6.2); nothing is counted.
func (c *checker) lookup(cat outcome.Category, ns namespaces) verdict {
	var v verdict
	for i := range c.in.Cached {
		l := &c.in.Cached[i]
		if l.Expires.After(c.in.Now) && covers(l.Categories, cat) && (ns == anyNamespace || len(l.Namespaces) == 0) && inScope(l.Scope, c.in.Scope) {
			v.add(*l)
		}
	}
	for i := range c.zero {
		z := &c.zero[i]
		if covers(z.quota.Categories, cat) && (ns == anyNamespace || z.quota.Namespace == "") {
			if l, ok := z.limit(&c.in); ok {
				v.add(l)
			}
		}
	}
	return v
}

func covers(list []outcome.Category, c outcome.Category) bool {
	if len(list) == 0 {
		return true
	}
	for _, k := range list {
		if k == c {
			return true
		}
	}
	return false
}

// add takes one more limit; the reason follows the latest expiry, the last of equal ones.
func (v *verdict) add(l ratelimit.Limit) {
	longest := true
	for i := range v.limits {
		longest = longest && !v.limits[i].Expires.After(l.Expires)
	}
	if longest {
		v.reason = l.Reason
	}
	v.limited = true
	v.limits = append(v.limits, l)
}
