package scrub

import (
	"net/netip"

	"weir/codecs/event"
)

// pseudonymRule is the rule of the remark that says where the address of a user went.
const pseudonymRule = "pii:ip_address"

// userIP moves an address that scrubbing made into something else to the id of the user (scrub 8.2).
type userIP struct{ valid bool }

// before looks at the user as it was.
func (u *userIP) before(user *event.Value) {
	ip, ok := user.Get("ip_address").Str()
	u.valid = !ok || validAddress(ip)
}

// after looks at the scrubbed user.
func (u *userIP) after(doc *event.Doc, user *event.Value) {
	v := user.Get("ip_address")
	ip, ok := v.Str()
	if !u.valid || !ok || validAddress(ip) {
		return
	}
	for _, key := range [...]string{"id", "username", "email"} {
		if !user.Get(key).IsNull() {
			return
		}
	}
	id := user.Get("id")
	if id == nil {
		id = doc.NewNull()
		user.Insert(0, "id", id)
		v = user.Get("ip_address")
	}
	id.Take(v)
	doc.MetaOf(v).AddRemark(event.Remark{Rule: pseudonymRule, Type: 'x'})
}

// validAddress accepts IPv4 and IPv6 texts and the placeholder of the SDKs.
func validAddress(s string) bool {
	if s == "{{auto}}" {
		return true
	}
	a, err := netip.ParseAddr(s)
	return err == nil && a.Zone() == ""
}
