package route

import (
	"weir/codecs/envelope"
	"weir/codecs/ingest"
	"weir/codecs/outcome"
	"weir/processors"
)

// attachments writes the files of a unit, crash files after the plain ones (pipeline 9.7). Individual ones get a message each and are
// accepted here; the others are returned for the event message, whose fate is theirs.
func (w *writer) attachments(individual bool) []ingest.Attachment {
	var files []ingest.Attachment
	order := w.order()
	parts, _ := w.u.CrashParts()
	for _, crash := range [2]bool{false, true} {
		for _, it := range order {
			if it.Fate != processors.FateOpen || it.Type != envelope.TypeAttachment || it.IsCrashFile() != crash || parts.Has(it) {
				continue
			}
			a, ok := w.file(it, individual)
			if ok && individual {
				ok = w.emit(ingest.Attachments, w.eventKey(), nil, ingest.AppendAttachment(
					make([]byte, 0, len(a.Data)+320+len(a.Name)+len(a.ContentType)),
					ingest.AttachmentMessage{EventID: w.u.EventID, ProjectID: w.u.Scope.Project, Attachment: a},
				))
			}
			switch {
			case !ok:
				w.u.Drop(it, outcome.Invalid, reasonInternal)
			case individual:
				w.u.Accept(it)
			default:
				files = append(files, a)
			}
		}
	}
	return files
}

// file makes the attachment object and writes the chunks that it refers to.
func (w *writer) file(it *processors.Item, individual bool) (ingest.Attachment, bool) {
	u := w.u
	a := ingest.Attachment{
		ID: envelope.NewEventID(u.Receipt.Derive(it.Index, "attachment")), Name: it.Filename, RateLimited: it.RateLimited,
		ContentType: it.ContentType, HasContentType: it.HasContentType(), Type: it.AttachmentType, Size: len(it.Payload), RetentionDays: u.RetentionDays(),
	}
	if !it.HasFilename && a.Name == "" {
		a.Name = ingest.UnnamedAttachment
	}
	if individual && len(it.Payload) > 0 && len(it.Payload) < w.cfg.AttachmentChunkSize {
		a.Inline, a.Data = true, it.Payload
		return a, true
	}
	for rest := it.Payload; len(rest) > 0; a.Chunks++ {
		part := rest[:min(len(rest), w.cfg.AttachmentChunkSize)]
		rest = rest[len(part):]
		value := ingest.AppendAttachmentChunk(make([]byte, 0, len(part)+192), ingest.AttachmentChunk{
			Payload: part, EventID: u.EventID, ProjectID: u.Scope.Project, ID: a.ID, Index: a.Chunks,
		})
		if !w.emit(ingest.Attachments, w.eventKey(), nil, value) {
			return a, false
		}
	}
	return a, true
}
