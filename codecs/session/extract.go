package session

import (
	"time"

	"weir/codecs/envelope"
	"weir/codecs/metric"
)

// The metrics of release health (pipeline 10.3).
const (
	metricSession = "c:sessions/session@none"
	metricUser    = "s:sessions/user@none"
	metricError   = "s:sessions/error@none"
)

// Facts are what extraction needs beside the session.
type Facts struct {
	Client     string // SDK of the request, empty: unknown
	Version    uint16 // sessionMetrics.version of the project
	ReceivedAt int64  // Unix seconds of the extraction
}

// counts are an update or row in the terms of the extraction table.
type counts struct {
	started                      time.Time
	user                         string
	hasUser                      bool
	total, errored               uint32 // sums wrap around, as the contract's do
	abnormal, unhandled, crashed uint32
	errorID                      string // an update's session id when it errored
	preaggregated                bool
	mechanism                    string
}

// Extract appends the buckets of a session in the order of items 4.3, not yet aggregated.
func (s *Session) Extract(dst []metric.Bucket, f Facts) []metric.Bucket {
	if !s.Aggregate {
		return s.emit(dst, s.Update.counts(f), f)
	}
	for i := range s.Rows {
		dst = s.emit(dst, s.Rows[i].counts(), f)
	}
	return dst
}

func (u *Update) counts(f Facts) counts {
	c := counts{started: u.Started, user: u.User, hasUser: u.HasUser}
	if u.Init {
		c.total = 1
	}
	if u.Errors > 0 || u.Status != StatusOK && u.Status != StatusExited {
		c.errored, c.errorID = 1, u.ID.Hyphenated()
	}
	switch u.Status {
	case StatusAbnormal:
		c.abnormal = 1
		if f.Version >= 2 {
			c.mechanism = u.Mechanism
		}
	case StatusUnhandled:
		c.unhandled = 1
	case StatusCrashed:
		c.crashed = 1
	}
	return c
}

func (r *Row) counts() counts {
	c := counts{
		started: r.Started, user: r.User, hasUser: r.HasUser, preaggregated: true,
		abnormal: r.Abnormal, unhandled: r.Unhandled, crashed: r.Crashed,
	}
	c.errored = r.Errored + c.abnormal + c.unhandled + c.crashed
	c.total = c.errored + r.Exited
	return c
}

func (s *Session) emit(dst []metric.Bucket, c counts, f Facts) []metric.Bucket {
	at := c.started.Unix()
	if at < 0 {
		return dst
	}
	if id, err := envelope.ParseEventID(c.user); err == nil && id.IsNil() {
		c.hasUser = false
	}
	bucket := func(b metric.Bucket, extra ...metric.Tag) {
		b.Timestamp, b.ReceivedAt = at, f.ReceivedAt
		b.Tags = append(s.tags(f), extra...)
		dst = append(dst, b)
	}
	count := func(n uint32, status string) {
		bucket(metric.Bucket{Kind: metric.Counter, Name: metricSession, Value: float64(n)}, metric.Tag{Name: "session.status", Value: status})
	}
	user := func(extra ...metric.Tag) {
		if c.hasUser {
			bucket(metric.Bucket{Kind: metric.Set, Name: metricUser, Members: []uint32{metric.Hash(c.user)}}, extra...)
		}
	}
	if c.total > 0 {
		count(c.total, "init")
	}
	if c.errored > 0 {
		if c.preaggregated {
			count(c.errored, "errored_preaggr")
		} else {
			bucket(metric.Bucket{Kind: metric.Set, Name: metricError, Members: []uint32{metric.Hash(c.errorID)}})
		}
		user(metric.Tag{Name: "session.status", Value: "errored"})
	} else {
		user()
	}
	for _, part := range [...]struct {
		n      uint32
		status string
	}{{c.abnormal, "abnormal"}, {c.unhandled, "unhandled"}, {c.crashed, "crashed"}} {
		if part.n == 0 {
			continue
		}
		count(part.n, part.status)
		tags := []metric.Tag{{Name: "session.status", Value: part.status}}
		if part.status == "abnormal" && c.mechanism != "" {
			tags = append(tags, metric.Tag{Name: "abnormal_mechanism", Value: c.mechanism})
		}
		user(tags...)
	}
	return dst
}

func (s *Session) tags(f Facts) []metric.Tag {
	tags := append(make([]metric.Tag, 0, 5), metric.Tag{Name: "release", Value: s.Release})
	if s.HasEnvironment {
		tags = append(tags, metric.Tag{Name: "environment", Value: s.Environment})
	}
	if f.Client != "" {
		tags = append(tags, metric.Tag{Name: "sdk", Value: f.Client})
	}
	return tags
}
