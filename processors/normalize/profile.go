package normalize

import (
	"time"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/processors"
)

// minProfiled is the shortest transaction that keeps a link to a continuous profile (items 9.1).
const minProfiled = 19800 * time.Microsecond

// profileContext links a transaction to the profile beside it; a link that the client made itself is removed (6, items 9.1).
func (r *run) profileContext() {
	id := r.in.Server.Profile
	context := r.variantAt("profile", "profile")
	if id.IsNil() {
		if context != nil {
			context.Delete("profile_id")
		}
		return
	}
	contexts := r.object(r.d.Root, "contexts")
	contexts.Delete("profile") // whatever the client said
	r.assign(r.newContext(contexts, "profile", "profile"), "profile_id", r.hexText(id[:]))
}

// shortProfile takes the link to a continuous profile from transactions that are too short for a sample.
func (r *run) shortProfile() {
	context := r.variantAt("profile", "profile")
	start, ok1 := timeOf(r.d.Root.Get("start_timestamp"))
	end, ok2 := timeOf(r.d.Root.Get("timestamp"))
	if context == nil || !ok1 || !ok2 || end.sub(start).nanos() >= int64(minProfiled) {
		return
	}
	id := r.slot(context, "profiler_id") // the remark tells it also where there was none
	if !id.IsNull() {
		r.d.SoftDelete(id)
	}
	r.d.AddRemark(id, event.Remark{Rule: "transaction_duration", Type: 'x'})
}

// profileID is the id of the profile in the unit that is still open.
func profileID(u *processors.Unit) (id envelope.EventID) {
	for _, it := range u.Items {
		if it.Profile != nil && it.Fate == processors.FateOpen {
			return it.Profile.ID
		}
	}
	return id
}
