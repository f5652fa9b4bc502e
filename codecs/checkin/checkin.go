package checkin

import (
	"errors"
	"strconv"

	"weir/codecs/envelope"
	"weir/codecs/jsontext"
)

// CheckIn is one check-in of a monitor.
type CheckIn struct {
	ID          envelope.EventID // nil when none was sent
	Slug        string           // as sent; see Route
	Status      Status
	Environment string
	HasEnv      bool
	Duration    float64 // seconds
	HasDuration bool
	Config      *MonitorConfig
	Contexts    *Contexts
	Other       []envelope.Member // unknown members in ascending order
}

// Status is the state that a check-in reports.
type Status uint8

// The statuses. Missed is decided by the server and never accepted from outside; other texts are unknown.
const (
	StatusUnknown Status = iota
	StatusOK
	StatusError
	StatusInProgress
	StatusMissed
)

var statusNames = [...]string{"unknown", "ok", "error", "in_progress", "missed"}

func (s Status) String() string { return statusNames[s] }

// ParseStatus reads a status; every other text is StatusUnknown (items 5.1).
func ParseStatus(text string) Status {
	for i, n := range statusNames {
		if n == text {
			return Status(i)
		}
	}
	return StatusUnknown
}

// MonitorConfig creates or changes a monitor. Absent numbers are nil.
type MonitorConfig struct {
	Schedule                           Schedule
	Margin, MaxRuntime                 *uint64 // checkin_margin, max_runtime: minutes
	FailureThreshold, RecoverThreshold *uint64
	Timezone, Owner                    *string
	Other                              []envelope.Member
}

// Schedule is a crontab text or an interval of Value units.
type Schedule struct {
	Crontab string
	Value   uint64
	Unit    string // empty for a crontab
}

// Contexts holds the trace that a check-in belongs to.
type Contexts struct {
	TraceID    envelope.EventID
	HasTrace   bool
	TraceOther []envelope.Member
	Other      []envelope.Member
}

// The limits of items 5.2, in characters.
const (
	maxSlug        = 50
	maxEnvironment = 64
)

// ErrInvalid says that a check-in has no slug or too long an environment: outcome reason invalid_check_in. Everything
// else that Parse and Normalize return means invalid_json.
var ErrInvalid = errors.New("invalid check-in")

// Normalize applies items 5.2 in place.
func (c *CheckIn) Normalize() error {
	if c.Status == StatusMissed {
		c.Status = StatusUnknown
	}
	c.Slug = cut(c.Slug, maxSlug)
	if c.Slug == "" {
		return ErrInvalid
	}
	if cut(c.Environment, maxEnvironment) != c.Environment {
		return ErrInvalid
	}
	return nil
}

// cut returns the first n characters.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// AppendTo appends the payload as compact JSON in the order of pipeline 11.
func (c *CheckIn) AppendTo(dst []byte) []byte {
	dst = append(dst, `{"check_in_id":"`...)
	dst = append(dst, c.ID.String()...)
	dst = jsontext.AppendString(append(dst, `","monitor_slug":`...), c.Slug)
	dst = append(append(append(dst, `,"status":"`...), c.Status.String()...), '"')
	if c.HasEnv {
		dst = jsontext.AppendString(append(dst, `,"environment":`...), c.Environment)
	}
	if c.HasDuration {
		dst = jsontext.AppendFloat(append(dst, `,"duration":`...), c.Duration)
	}
	if c.Config != nil {
		dst = c.Config.appendTo(append(dst, `,"monitor_config":`...))
	}
	if c.Contexts != nil {
		dst = c.Contexts.appendTo(append(dst, `,"contexts":`...))
	}
	return append(appendMembers(dst, c.Other), '}')
}

func (m *MonitorConfig) appendTo(dst []byte) []byte {
	dst = append(dst, `{"schedule":{"type":`...)
	if m.Schedule.Unit == "" {
		dst = jsontext.AppendString(append(dst, `"crontab","value":`...), m.Schedule.Crontab)
	} else {
		dst = strconv.AppendUint(append(dst, `"interval","value":`...), m.Schedule.Value, 10)
		dst = append(append(append(dst, `,"unit":"`...), m.Schedule.Unit...), '"')
	}
	dst = append(dst, '}')
	for _, n := range [...]struct {
		key string
		v   *uint64
	}{
		{`,"checkin_margin":`, m.Margin}, {`,"max_runtime":`, m.MaxRuntime},
		{`,"failure_issue_threshold":`, m.FailureThreshold}, {`,"recovery_threshold":`, m.RecoverThreshold},
	} {
		if n.v != nil {
			dst = strconv.AppendUint(append(dst, n.key...), *n.v, 10)
		}
	}
	if m.Timezone != nil {
		dst = jsontext.AppendString(append(dst, `,"timezone":`...), *m.Timezone)
	}
	if m.Owner != nil {
		dst = jsontext.AppendString(append(dst, `,"owner":`...), *m.Owner)
	}
	return append(appendMembers(dst, m.Other), '}')
}

func (c *Contexts) appendTo(dst []byte) []byte {
	start := len(dst)
	if c.HasTrace {
		dst = append(append(dst, `,"trace":{"trace_id":"`...), c.TraceID.String()...)
		dst = append(appendMembers(append(dst, '"'), c.TraceOther), '}')
	}
	dst = appendMembers(dst, c.Other)
	if len(dst) == start {
		return append(dst, "{}"...)
	}
	dst[start] = '{' // was the comma of the first member
	return append(dst, '}')
}

// appendMembers appends `,"key":value` for each member.
func appendMembers(dst []byte, list []envelope.Member) []byte {
	for _, m := range list {
		dst = append(jsontext.AppendString(append(dst, ','), m.Key), ':')
		dst = append(dst, m.Raw...)
	}
	return dst
}
