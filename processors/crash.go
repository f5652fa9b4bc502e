package processors

import "weir/codecs/envelope"

// IsCrashFile says that an item is a native crash: it makes an event on its own and is stored beside it.
func (it *Item) IsCrashFile() bool {
	return it.Type == envelope.TypeAttachment && (it.AttachmentType == envelope.AttachmentMinidump || it.AttachmentType == envelope.AttachmentAppleCrash)
}

// CrashParts are the open items of a unit that the event of its crash file is made of (normalize 1.1).
type CrashParts struct {
	File        *Item // the crash; a minidump wins
	Event       *Item // the JSON of an event, nil: none
	Payload     *Item // an event in MessagePack, nil: none
	Breadcrumbs []*Item
	Form        *Item // the fields of an upload, nil: none
}

// CrashParts finds the crash file of a unit and what belongs to it; ok is false without one. The order is that of the contract: what is
// taken out leaves its place to the last item.
func (u *Unit) CrashParts() (p CrashParts, ok bool) {
	if u.Kind != KindError {
		return p, false
	}
	for _, it := range u.Items {
		if it.Fate == FateOpen && it.IsCrashFile() && (p.File == nil || it.AttachmentType == envelope.AttachmentMinidump && p.File.AttachmentType != it.AttachmentType) {
			p.File = it
		}
	}
	if p.File == nil {
		return p, false
	}
	rest := append(make([]*Item, 0, len(u.Items)), u.Items...)
	take := func(wanted func(*Item) bool) *Item {
		for i, it := range rest {
			if it.Fate == FateOpen && wanted(it) {
				last := len(rest) - 1
				rest[i], rest = rest[last], rest[:last]
				return it
			}
		}
		return nil
	}
	attachment := func(kind string) func(*Item) bool {
		return func(it *Item) bool { return it.Type == envelope.TypeAttachment && it.AttachmentType == kind }
	}
	take(func(it *Item) bool { return it == p.File })
	p.Event = take(func(it *Item) bool { return it.Type == envelope.TypeEvent })
	p.Payload = take(attachment(envelope.AttachmentPayload))
	for it := take(attachment(envelope.AttachmentBreadcrumbs)); it != nil; it = take(attachment(envelope.AttachmentBreadcrumbs)) {
		p.Breadcrumbs = append(p.Breadcrumbs, it)
	}
	p.Form = take(func(it *Item) bool { return it.Type == envelope.TypeFormData })
	return p, true
}

// Has says that an item becomes part of the event and is not stored itself.
func (p *CrashParts) Has(it *Item) bool {
	if p.File == nil {
		return false
	}
	if it == p.Event || it == p.Payload || it == p.Form {
		return true
	}
	for _, b := range p.Breadcrumbs {
		if it == b {
			return true
		}
	}
	return false
}
