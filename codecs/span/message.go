package span

import (
	"strconv"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/event"
)

// Message is a span of version 2 with what its message says beside it (items 12.5).
type Message struct {
	Org           dsn.OrgID
	Project       dsn.ProjectID
	Key           dsn.KeyID        // 0: unknown
	EventID       envelope.EventID // of the transaction that it was part of; nil: none
	Received      time.Time
	RetentionDays uint16
	Downsampled   uint16 // retention in days
	Issues        bool   // the project wants performance issues found in spans

	Doc  *event.Doc
	Span *event.Value // members in order of the message
}

// AppendMessage appends the JSON of a message: its own members, those of the span, and metadata if there are any.
func AppendMessage(dst []byte, m *Message) []byte {
	dst = append(dst, `{"organization_id":`...)
	dst = strconv.AppendUint(dst, uint64(m.Org), 10)
	dst = append(dst, `,"project_id":`...)
	dst = strconv.AppendUint(dst, uint64(m.Project), 10)
	if m.Key != 0 {
		dst = append(dst, `,"key_id":`...)
		dst = strconv.AppendUint(dst, uint64(m.Key), 10)
	}
	if !m.EventID.IsNil() {
		dst = append(dst, `,"event_id":"`...)
		dst = append(m.EventID.Append(dst), '"')
	}
	dst = append(dst, `,"received":`...)
	dst = event.AppendFloat(dst, Seconds(m.Received))
	dst = append(dst, `,"retention_days":`...)
	dst = strconv.AppendUint(dst, uint64(m.RetentionDays), 10)
	dst = append(dst, `,"downsampled_retention_days":`...)
	dst = strconv.AppendUint(dst, uint64(m.Downsampled), 10)
	if m.Issues {
		dst = append(dst, `,"_performance_issues_spans":true`...)
	}
	at := len(dst)
	dst = m.Doc.AppendTree(dst, m.Span)
	if len(dst) == at+2 { // {}
		return append(dst[:at], '}')
	}
	dst[at] = ','
	return dst
}

// Seconds is a time in seconds, rounded to microseconds.
func Seconds(t time.Time) float64 {
	t = t.Round(time.Microsecond)
	return float64(t.Unix()) + float64(t.Nanosecond()/1000)/1e6
}
