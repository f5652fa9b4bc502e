package processors

// UnlinkProfiler takes the link to a continuous profile from the event, because the chunks of that profile are limited (items 9.1).
func (u *Unit) UnlinkProfiler() {
	u.ProfilerLimited = true
	u.Event.Root.Get("contexts").Delete("profile")
}
