package ingest

import (
	"weir/codecs/dsn"
	"weir/codecs/envelope"
)

// ReplayRecording is a replay recording with what belongs to it.
type ReplayRecording struct {
	ReplayID      envelope.EventID
	KeyID         dsn.KeyID // 0 is nil
	OrgID         dsn.OrgID
	ProjectID     dsn.ProjectID
	Received      int64
	RetentionDays uint16
	Payload       []byte
	Event         []byte // nil is nil
	Video         []byte // nil is nil
}

// AppendReplayRecording appends a replay_recording_not_chunked message.
func AppendReplayRecording(dst []byte, m ReplayRecording) []byte {
	dst = strEntry(appendMap(dst, 11), "type", "replay_recording_not_chunked")
	dst = eventIDEntry(dst, "replay_id", m.ReplayID)
	dst = keyIDEntry(dst, m.KeyID)
	dst = uintEntry(dst, "org_id", uint64(m.OrgID))
	dst = uintEntry(dst, "project_id", uint64(m.ProjectID))
	dst = appendInt(entry(dst, "received"), m.Received)
	dst = uintEntry(dst, "retention_days", uint64(m.RetentionDays))
	dst = binEntry(dst, "payload", m.Payload)
	dst = appendBinOrNil(entry(dst, "replay_event"), m.Event)
	dst = appendBinOrNil(entry(dst, "replay_video"), m.Video)
	return appendBool(entry(dst, "relay_snuba_publish_disabled"), true)
}

// Profile is a transaction profile.
type Profile struct {
	OrgID         dsn.OrgID
	ProjectID     dsn.ProjectID
	KeyID         dsn.KeyID // 0 is nil
	Received      int64
	RetentionDays uint16
	Payload       []byte
}

// AppendProfile appends a profile message.
func AppendProfile(dst []byte, m Profile) []byte {
	dst = strEntry(appendMap(dst, 7), "type", "profile")
	dst = uintEntry(dst, "organization_id", uint64(m.OrgID))
	dst = uintEntry(dst, "project_id", uint64(m.ProjectID))
	dst = keyIDEntry(dst, m.KeyID)
	dst = appendInt(entry(dst, "received"), m.Received)
	dst = uintEntry(dst, "retention_days", uint64(m.RetentionDays))
	return binEntry(dst, "payload", m.Payload)
}

// ProfileHeaders returns the record headers of a profile (pipeline 9.4): sampled is false for the profile of a transaction that was sampled out.
func ProfileHeaders(project dsn.ProjectID, sampled bool) []Header {
	value := "false"
	if sampled {
		value = "true"
	}
	return []Header{{"project_id", project.String()}, {"sampled", value}}
}

// ProfileChunk is a chunk of a continuous profile.
type ProfileChunk struct {
	OrgID         dsn.OrgID
	ProjectID     dsn.ProjectID
	Received      int64
	RetentionDays uint16
	Payload       []byte
}

// AppendProfileChunk appends a profile_chunk message.
func AppendProfileChunk(dst []byte, m ProfileChunk) []byte {
	dst = strEntry(appendMap(dst, 6), "type", "profile_chunk")
	dst = uintEntry(dst, "organization_id", uint64(m.OrgID))
	dst = uintEntry(dst, "project_id", uint64(m.ProjectID))
	dst = appendInt(entry(dst, "received"), m.Received)
	dst = uintEntry(dst, "retention_days", uint64(m.RetentionDays))
	return binEntry(dst, "payload", m.Payload)
}

// ProjectHeaders returns the record header of profile chunks and spans (pipeline 9.4).
func ProjectHeaders(project dsn.ProjectID) []Header {
	return []Header{{"project_id", project.String()}}
}

func keyIDEntry(dst []byte, id dsn.KeyID) []byte {
	if id == 0 {
		return append(entry(dst, "key_id"), 0xC0)
	}
	return uintEntry(dst, "key_id", uint64(id))
}
