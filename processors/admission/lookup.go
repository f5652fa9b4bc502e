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

// lookup finds every active limit on a category (pipeline 6.1, 6.2); nothing is counted. namespace is empty for envelope items.
func (c *checker) lookup(cat outcome.Category, namespace string) verdict {
	var v verdict
	for i := range c.in.Cached {
		if l := &c.in.Cached[i]; l.Active(c.in.Now) && l.Matches(c.in.Scope, cat, namespace) {
			v.add(*l)
		}
	}
	for i := range c.zero {
		if l, ok := c.zero[i].limit(&c.in); ok && l.Matches(c.in.Scope, cat, namespace) {
			v.add(l)
		}
	}
	return v
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
