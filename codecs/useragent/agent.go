package useragent

import (
	"strings"
	"sync"
)

// Agent is what a user agent says. Families that are not known are empty.
type Agent struct {
	Browser, OS Product
	Device      Device
}

// Product is a browser or an operating system. A part of the version that is not stated is empty.
type Product struct{ Family, Major, Minor, Patch string }

// Device is a device.
type Device struct{ Family, Brand, Model string }

// Version joins the parts of the version that are stated, up to the first that is not.
func (p Product) Version() string {
	switch {
	case p.Major == "":
		return ""
	case p.Minor == "":
		return p.Major
	case p.Patch == "":
		return p.Major + "." + p.Minor
	}
	return p.Major + "." + p.Minor + "." + p.Patch
}

// MaxLen bounds what is read of a user agent, in bytes.
const MaxLen = 2048

// cached is the number of user agents of one generation of the cache.
const cached = 4096

// cache remembers what was read, in two generations: what is asked for again survives.
type cache struct {
	mu       sync.RWMutex
	now, old map[string]*Agent
}

var remembered = cache{now: make(map[string]*Agent)}

func (c *cache) get(s string) *Agent {
	c.mu.RLock()
	a, isNew := c.now[s]
	if !isNew {
		a = c.old[s]
	}
	c.mu.RUnlock()
	if a != nil && !isNew {
		c.put(strings.Clone(s), a)
	}
	return a
}

func (c *cache) put(s string, a *Agent) {
	c.mu.Lock()
	if len(c.now) >= cached {
		c.now, c.old = make(map[string]*Agent, cached), c.now
	}
	c.now[s] = a
	c.mu.Unlock()
}

// Parse reads a user agent; what stands behind MaxLen bytes is not looked at. The result is shared and must not be changed. Texts that come again are
// answered from a cache of the process.
func Parse(s string) *Agent {
	s = s[:min(len(s), MaxLen)]
	if a := remembered.get(s); a != nil {
		return a
	}
	s = strings.Clone(s) // the caller's memory may be used for something else later
	a := parse(s)
	remembered.put(s, a)
	return a
}

func parse(s string) *Agent {
	a, t, all := new(Agent), newText(s), loaded()
	if f, ok := all.browsers.find(t); ok && f[0] != other {
		a.Browser = Product{f[0], f[1], f[2], f[3]}
	}
	if f, ok := all.systems.find(t); ok && f[0] != other {
		a.OS = Product{f[0], f[1], f[2], f[3]}
	}
	if f, ok := all.devices.find(t); ok && f[0] != other {
		a.Device = Device{Family: f[0], Model: f[1], Brand: f[2]}
	}
	return a
}

// other is the family of what a rule says not to know.
const other = "Other"

// Load prepares the rules, which takes some milliseconds that the first text need not wait for.
func Load() { loaded() }
