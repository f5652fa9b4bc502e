package normalize

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"weir/codecs/event"
)

// Limits of 9.4, in bytes, and in code points for dist.
const (
	maxRelease     = 200
	maxEnvironment = 64
	maxDist        = 64
)

// releaseAndEnvironment deletes names that Sentry does not accept (9.4).
func (r *run) releaseAndEnvironment() {
	root := r.d.Root
	if s, ok := root.Get("release").Str(); ok && (len(s) > maxRelease || strings.EqualFold(s, "latest") || badName(s)) {
		r.rejectName(root.Get("release"))
	}
	if s, ok := root.Get("environment").Str(); ok && (len(s) > maxEnvironment || strings.EqualFold(s, "none") || badName(s)) {
		r.rejectName(root.Get("environment"))
	}
}

func (r *run) rejectName(v *event.Value) {
	r.d.SoftDelete(v)
	r.d.AddError(v, event.InvalidData, "")
}

func badName(s string) bool {
	if s == "." || s == ".." {
		return true
	}
	for i := range len(s) {
		if c := s[i]; c == '/' || c == '\\' || c < 0x20 || c == 0x7f {
			return true
		}
	}
	return false
}

// dist trims and bounds the distribution (9.4).
func (r *run) dist() {
	v := r.d.Root.Get("dist")
	s, ok := v.Str()
	if !ok {
		return
	}
	s = strings.TrimFunc(s, unicode.IsSpace)
	r.setText(v, s)
	switch {
	case s == "":
		v.SetNull()
	case utf8.RuneCountInString(s) > maxDist:
		r.d.SoftDelete(v)
		r.d.AddError(v, event.ValueTooLong, "")
	}
}

// user moves what no field takes to data and computes sentry_user (9.5).
func (r *run) user() {
	user := r.d.Root.Get("user")
	if user.IsNull() {
		return
	}
	other := r.at(user).st.other.id
	kids := user.Members()
	kept := len(kids)
	for kept > 0 && kids[kept-1].Value.Tag() == other {
		kept--
	}
	if moved := append([]event.Member(nil), kids[kept:]...); len(moved) > 0 {
		user.Truncate(kept)
		data := r.object(user, "data")
		for _, m := range moved {
			m.Value.SetTag(0)
		}
		kids := append(append(r.d.NewMembers(data.Len()+len(moved)), data.Members()...), moved...)
		slices.SortStableFunc(kids, func(a, b event.Member) int { return strings.Compare(a.Key, b.Key) })
		data.SetMembers(lastOfEqual(kids))
	}
	for _, id := range [...][2]string{{"id", "id:"}, {"username", "username:"}, {"email", "email:"}, {"ip_address", "ip:"}} {
		if s, ok := user.Get(id[0]).Str(); ok {
			r.setString(user, "sentry_user", r.d.Concat(id[1], s))
			return
		}
	}
	if v := user.Get("sentry_user"); v != nil {
		v.SetNull()
	}
}
