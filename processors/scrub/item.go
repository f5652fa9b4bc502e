package scrub

import (
	"strings"

	"weir/codecs/envelope"
	"weir/codecs/project"
	"weir/processors"
)

// contentJSON is the type that a scrubbed view hierarchy gets when it had none.
const contentJSON = "application/json"

// attachmentRef is the type of placeholders for objects that are stored elsewhere; parameters and an older spelling follow.
const attachmentRef = "application/vnd.sentry.attachment-ref"

// items scrubs the attachments of a unit (scrub 9). Only the PII config of the project applies to them.
func (c *Compiled) items(u *processors.Unit) {
	if c.own == nil || u.Kind != processors.KindError && u.Kind != processors.KindTransaction && u.Kind != processors.KindAttachments {
		return
	}
	for _, it := range u.Items {
		if it.Fate == processors.FateOpen && it.Type == envelope.TypeAttachment && !strings.HasPrefix(it.ContentType, attachmentRef) {
			c.item(&it.Item, u.Project.Config.Features[project.FeatureViewHierarchyScrubbing])
		}
	}
}

func (c *Compiled) item(it *envelope.Item, hierarchies bool) {
	switch {
	case it.AttachmentType == envelope.AttachmentView && hierarchies:
		content, ok := c.ViewHierarchy(it.Payload)
		if ok && it.ContentType == "" {
			it.ContentType = contentJSON
		}
		it.Payload = content
	case it.AttachmentType == envelope.AttachmentMinidump:
		it.Payload = c.attachments.minidump(it.Filename, it.Payload)
		if it.ContentType == "" {
			it.ContentType = envelope.ContentMinidump
		}
	default:
		it.Payload = c.Attachment(it.Filename, it.Payload)
	}
}
