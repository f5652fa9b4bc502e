package normalize

import (
	"math"
	"net/netip"
	"strconv"
)

// The attributes that requests and addresses fill.
const (
	attrObserved = "sentry.observed_timestamp_nanos"
	attrClient   = "client.address"
	attrAgent    = "user_agent.original"
	attrBrowser  = "browser.name"
	attrVersion  = "browser.version"
)

// additions are what the first relay knows of the sender (items 3.4).
func (r *recordRun) additions() {
	if !r.a.Has(attrObserved) {
		r.a.SetText(attrObserved, r.d.Intern(strconv.AppendInt(nil, r.u.ReceivedAt.UnixNano(), 10)))
	}
	if text, ok := r.a.Text(attrClient); ok && text == auto {
		if r.clientIP != "" {
			r.a.SetText(attrClient, r.clientIP)
		} else {
			r.a.Delete(attrClient)
		}
	}
	if r.settings.InferIP {
		r.a.AddText(attrClient, r.clientIP)
	}
	r.browser()
}

// browser reads the user agent where the record does not say what the browser is.
func (r *recordRun) browser() {
	if r.a.Has(attrBrowser) || r.a.Has(attrVersion) {
		return
	}
	h := agentHeaders{}
	if r.settings.InferAgent {
		r.a.AddText(attrAgent, r.agent)
		h.brands = r.hints.UA
	}
	agent := r.a.Plain(attrAgent)
	h.agent = agent
	if name, version, ok := h.browser(); ok {
		r.a.AddText(attrBrowser, name)
		r.a.AddText(attrVersion, version)
	}
}

// geoAttributes are those that the place of an address is written to.
var geoAttributes = [...]string{"user.geo.country_code", "user.geo.city", "user.geo.subdivision", "user.geo.region"}

// place looks the client's address up unless the record says where it is.
func (r *recordRun) place() {
	if r.n.cfg.Geo == nil {
		return
	}
	for _, name := range geoAttributes {
		if r.a.Has(name) {
			return
		}
	}
	addr, err := netip.ParseAddr(r.a.Plain(attrClient))
	if err != nil {
		return
	}
	if loc, ok := r.n.cfg.Geo(addr); ok {
		for i, text := range [...]string{loc.CountryCode, loc.City, loc.Subdivision, loc.Region} {
			r.a.AddText(geoAttributes[i], text)
		}
	}
}

// setFloat writes a number, if it is one, whatever is there.
func (r *recordRun) setFloat(name string, f float64) {
	if !math.IsNaN(f) && !math.IsInf(f, 0) {
		r.a.SetFloat(name, f)
	}
}
