package ingest

import (
	"strings"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
)

// UnnamedAttachment is the name of an attachment that tells none.
const UnnamedAttachment = "Unnamed Attachment"

// Attachment is the attachment object of pipeline 9.6.
type Attachment struct {
	ID            [16]byte // random, printed with dashes
	Name          string
	RateLimited   bool
	ContentType   string // as sent; written in lower case
	Type          string // empty: event.attachment
	Size          int    // bytes
	RetentionDays uint16
	Inline        bool   // Data travels in the object, else Chunks says how many chunks there were
	Data          []byte // with Inline
	Chunks        int

	HasContentType bool // also an empty ContentType is written
}

func appendAttachment(dst []byte, a *Attachment) []byte {
	n := 7
	told := a.ContentType != "" || a.HasContentType
	if told {
		n++
	}
	dst = attachmentID(appendMap(dst, n), a.ID)
	dst = strEntry(dst, "name", a.Name)
	dst = appendBool(entry(dst, "rate_limited"), a.RateLimited)
	if told {
		dst = strEntry(dst, "content_type", strings.ToLower(a.ContentType))
	}
	kind := a.Type
	if kind == "" {
		kind = envelope.AttachmentPlain
	}
	dst = strEntry(dst, "attachment_type", kind)
	dst = uintEntry(dst, "size", uint64(a.Size))
	dst = uintEntry(dst, "retention_days", uint64(a.RetentionDays))
	if a.Inline {
		return binEntry(dst, "data", a.Data)
	}
	return uintEntry(dst, "chunks", uint64(a.Chunks))
}

// AttachmentMessage is an attachment that goes on its own.
type AttachmentMessage struct {
	EventID    envelope.EventID
	ProjectID  dsn.ProjectID
	Attachment Attachment
}

// AppendAttachment appends an attachment message.
func AppendAttachment(dst []byte, m AttachmentMessage) []byte {
	dst = strEntry(appendMap(dst, 4), "type", "attachment")
	dst = eventIDEntry(dst, "event_id", m.EventID)
	dst = uintEntry(dst, "project_id", uint64(m.ProjectID))
	return appendAttachment(entry(dst, "attachment"), &m.Attachment)
}

// AttachmentChunk is a slice of an attachment.
type AttachmentChunk struct {
	Payload   []byte
	EventID   envelope.EventID
	ProjectID dsn.ProjectID
	ID        [16]byte // of the attachment
	Index     int      // from 0
}

// AppendAttachmentChunk appends an attachment_chunk message.
func AppendAttachmentChunk(dst []byte, m AttachmentChunk) []byte {
	dst = strEntry(appendMap(dst, 6), "type", "attachment_chunk")
	dst = binEntry(dst, "payload", m.Payload)
	dst = eventIDEntry(dst, "event_id", m.EventID)
	dst = uintEntry(dst, "project_id", uint64(m.ProjectID))
	dst = attachmentID(dst, m.ID)
	return uintEntry(dst, "chunk_index", uint64(m.Index))
}

func attachmentID(dst []byte, id [16]byte) []byte {
	return envelope.EventID(id).AppendHyphenated(append(entry(dst, "id"), 0xD9, 36))
}
