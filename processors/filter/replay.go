package filter

import (
	"net/netip"

	"weir/processors/match"
)

// replayItem is a normalised replay event: its request, user and release as of an event, without message and exceptions.
type replayItem struct {
	absent
	ev eventItem
}

func (r *replayItem) ClientIP() (netip.Addr, bool) { return r.ev.ClientIP() }

func (r *replayItem) Release() (string, bool) { return r.ev.Release() }

func (r *replayItem) UserIP() (string, bool) { return r.ev.UserIP() }

func (r *replayItem) URL() (string, bool) { return r.ev.URL() }

func (r *replayItem) UserAgent() (string, bool) { return r.ev.UserAgent() }

func (r *replayItem) Header(name string) (string, bool) { return r.ev.Header(name) }

func (r *replayItem) Field(name string) match.Value { return match.ReplayField(&r.ev.Event, name) }
