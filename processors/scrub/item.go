package scrub

import (
	"strings"

	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/processors"
)

// contentJSON is the type that a scrubbed view hierarchy gets when it had none.
const contentJSON = "application/json"

// attachmentRef is the type of placeholders for objects that are stored elsewhere; parameters and an older spelling follow.
const attachmentRef = "application/vnd.sentry.attachment-ref"

// items scrubs what a unit has beside its event: attachments (scrub 9), and the members of containers, replay events and recordings (scrub
// 10). Spans of a transaction were scrubbed with it.
func (c *Compiled) items(u *processors.Unit, maxReplay int) processors.Verdict {
	for _, it := range u.Items {
		if it.Fate != processors.FateOpen {
			continue
		}
		switch u.Kind {
		case processors.KindError, processors.KindTransaction, processors.KindAttachments:
			if c.own != nil && it.Type == envelope.TypeAttachment && !strings.HasPrefix(it.ContentType, attachmentRef) {
				c.item(&it.Item, u.Project.Config.Features[project.FeatureViewHierarchyScrubbing])
			}
		case processors.KindReplay:
			if it.Type == envelope.TypeReplayRecording && u.Project.Config.Features[project.FeatureReplayRecordingScrubbing] {
				payload, err := c.Recording(it.Payload, maxReplay)
				if err != nil {
					return processors.Drop(outcome.Invalid, ReasonRecording)
				}
				it.Payload = payload
			}
			c.Record(u.Kind, it.Doc, it.Record)
		default:
			c.Record(u.Kind, it.Doc, it.Record)
		}
	}
	return processors.Keep()
}

func (c *Compiled) item(it *envelope.Item, hierarchies bool) {
	switch {
	case it.AttachmentType == envelope.AttachmentView && hierarchies:
		content, ok := c.ViewHierarchy(it.Payload)
		if ok && !it.HasContentType() {
			it.ContentType = contentJSON
		}
		it.Payload = content
	case it.AttachmentType == envelope.AttachmentMinidump:
		it.Payload = c.attachments.minidump(it.Filename, it.Payload)
		if !it.HasContentType() {
			it.ContentType = envelope.ContentMinidump
		}
	default:
		it.Payload = c.Attachment(it.Filename, it.Payload)
	}
}
