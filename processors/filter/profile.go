package filter

import (
	"net/netip"

	"weir/codecs/jsontext"
	"weir/processors"
	"weir/processors/match"
)

// profileItem is a profile or a profile chunk: its release and its platform (filters 1, 7.5).
type profileItem struct {
	absent
	release, platform       string
	hasRelease, hasPlatform bool
	forwardedFor            string
}

// newProfile reads the metadata out of what is parsed, else out of the payload.
func newProfile(it *processors.Item, forwardedFor string) *profileItem {
	p := &profileItem{forwardedFor: forwardedFor}
	if it.Record != nil {
		p.release, p.hasRelease = it.Record.Get("release").Str()
		p.platform, p.hasPlatform = it.Record.Get("platform").Str()
		return p
	}
	r := jsontext.NewReader(it.Payload, 0)
	for ok := r.Object(); ok && r.More(); {
		key := string(r.Key())
		value := r.Value()
		switch key {
		case "release":
			p.release, p.hasRelease = jsontext.String(value)
		case "platform":
			p.platform, p.hasPlatform = jsontext.String(value)
		}
	}
	return p
}

func (p *profileItem) ClientIP() (netip.Addr, bool) { return match.ClientIP(p.forwardedFor) }

func (p *profileItem) Release() (string, bool) { return p.release, p.hasRelease }

// Field knows the names of filters 7.5.
func (p *profileItem) Field(name string) match.Value {
	switch {
	case name == "event.release" && p.hasRelease:
		return match.Text(p.release)
	case name == "event.platform" && p.hasPlatform:
		return match.Text(p.platform)
	case name == match.FieldClientIP:
		return match.ClientField(p.forwardedFor)
	}
	return match.Value{}
}
