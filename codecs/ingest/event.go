package ingest

import (
	"weir/codecs/dsn"
	"weir/codecs/envelope"
)

// The messages of pipeline 9.6. Times are whole seconds since 1970, ids of events print as 32 hex digits.

// EventMessage is an event on the topics events, attachments, transactions and feedback.
type EventMessage struct {
	Payload     []byte // event JSON
	StartTime   int64  // receive time
	EventID     envelope.EventID
	ProjectID   dsn.ProjectID
	RemoteAddr  string       // peer address; empty is nil
	Attachments []Attachment // not individual ones
}

// AppendEvent appends an event message.
func AppendEvent(dst []byte, m EventMessage) []byte {
	dst = strEntry(appendMap(dst, 7), "type", "event")
	dst = binEntry(dst, "payload", m.Payload)
	dst = appendInt(entry(dst, "start_time"), m.StartTime)
	dst = eventIDEntry(dst, "event_id", m.EventID)
	dst = uintEntry(dst, "project_id", uint64(m.ProjectID))
	dst = strOrNil(entry(dst, "remote_addr"), m.RemoteAddr)
	dst = appendArray(entry(dst, "attachments"), len(m.Attachments))
	for i := range m.Attachments {
		dst = appendAttachment(dst, &m.Attachments[i])
	}
	return dst
}

// UserReport is a user report.
type UserReport struct {
	ProjectID dsn.ProjectID
	StartTime int64  // receive time
	Payload   []byte // JSON
}

// AppendUserReport appends a user_report message.
func AppendUserReport(dst []byte, m UserReport) []byte {
	dst = strEntry(appendMap(dst, 4), "type", "user_report")
	dst = uintEntry(dst, "project_id", uint64(m.ProjectID))
	dst = appendInt(entry(dst, "start_time"), m.StartTime)
	return binEntry(dst, "payload", m.Payload)
}

// CheckIn is a monitor check-in.
type CheckIn struct {
	Payload       []byte // JSON
	StartTime     int64  // receive time
	SDK           string // client of the auth header; empty is nil
	ProjectID     dsn.ProjectID
	RetentionDays uint16
}

// AppendCheckIn appends a check_in message.
func AppendCheckIn(dst []byte, m CheckIn) []byte {
	dst = strEntry(appendMap(dst, 7), "type", "check_in")
	dst = strEntry(dst, "message_type", "check_in")
	dst = binEntry(dst, "payload", m.Payload)
	dst = appendInt(entry(dst, "start_time"), m.StartTime)
	dst = strOrNil(entry(dst, "sdk"), m.SDK)
	dst = uintEntry(dst, "project_id", uint64(m.ProjectID))
	return uintEntry(dst, "retention_days", uint64(m.RetentionDays))
}

func strOrNil(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, 0xC0)
	}
	return appendStr(dst, s)
}

// eventIDEntry writes an id as 32 hex digits.
func eventIDEntry(dst []byte, key string, id envelope.EventID) []byte {
	return id.Append(append(entry(dst, key), 0xD9, 32))
}
