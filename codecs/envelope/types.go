package envelope

import "slices"

// typeFacts are the columns of edge 6.2 that do not depend on the rest of the item.
type typeFacts struct {
	name      string
	creates   bool // creates an event
	requires  bool // is removed together with a rate-limited event
	container bool // item_count is honoured
}

// knownTypes is the table of edge 6.2 in its order; attachments create events by their attachment type.
var knownTypes = [...]typeFacts{
	{TypeEvent, true, true, false},
	{TypeTransaction, true, true, false},
	{TypeSecurity, true, true, false},
	{TypeRawSecurity, true, true, false},
	{TypeFeedback, true, true, false},
	{TypeUserReport, false, true, false},
	{TypeAttachment, false, true, false},
	{TypeFormData, false, true, false},
	{TypeSession, false, false, true},
	{TypeSessions, false, false, true},
	{TypeCheckIn, false, false, true},
	{TypeClientReport, false, false, true},
	{TypeMetricBuckets, false, false, true},
	{TypeLog, false, false, true},
	{TypeSpan, false, false, true},
	{TypeTraceMetric, false, false, true},
	{TypeReplayEvent, false, true, false},
	{TypeReplayRecording, false, false, false},
	{TypeReplayVideo, false, false, false},
	{TypeProfile, false, true, true},
	{TypeProfileChunk, false, false, true},
	{TypeUnrealReport, true, true, false},
	{TypeIntegration, false, false, false},
}

// knownAttachmentTypes is the table of edge 6.3: whether such an attachment creates an event.
var knownAttachmentTypes = [...]struct {
	name    string
	creates bool
}{
	{AttachmentPlain, false},
	{AttachmentMinidump, true},
	{AttachmentAppleCrash, true},
	{AttachmentPayload, true},
	{AttachmentBreadcrumbs, true},
	{AttachmentView, false},
	{AttachmentUnrealContext, false},
	{AttachmentUnrealLogs, false},
	{AttachmentProsperodump, true},
	{AttachmentSwitchDying, true},
	{AttachmentGPUDump, true},
	{AttachmentShaderDebug, false},
}

// aliasProfileChunkUI is another name of profile_chunk (edge 6.2).
const aliasProfileChunkUI = "profile_chunk_ui"

func facts(name string) *typeFacts {
	for i := range knownTypes {
		if knownTypes[i].name == name {
			return &knownTypes[i]
		}
	}
	return nil
}

// KnownType reports whether t is an item type of edge 6.2; names are case-sensitive.
func KnownType(t string) bool { return facts(t) != nil }

// CreatesEvent reports whether the item makes an event, so that the envelope needs an event id (edge 6.2, 6.3).
func (it *Item) CreatesEvent() bool {
	if it.Type == TypeAttachment {
		kind := it.Kind()
		for i := range knownAttachmentTypes {
			if knownAttachmentTypes[i].name == kind {
				return knownAttachmentTypes[i].creates && !it.Unknown
			}
		}
		return false
	}
	f := facts(it.Type)
	return f != nil && f.creates
}

// RequiresEvent reports whether the item falls with a rejected event (edge 6.2).
func (it *Item) RequiresEvent() bool {
	f := facts(it.Type)
	return f != nil && f.requires && !it.Unknown
}

// Count returns how many things the item holds: item_count where the type honours it, else 1 (edge 6.1, pipeline 6.4).
func (it *Item) Count() uint64 {
	if it.ItemCount == nil {
		return 1
	}
	if f := facts(it.Type); f != nil && !f.container {
		return 1
	}
	return uint64(*it.ItemCount)
}

// HasType reports whether an item is of one of the types.
func (e *Envelope) HasType(types []string) bool {
	for i := range e.Items {
		if slices.Contains(types, e.Items[i].Type) {
			return true
		}
	}
	return false
}

// CreatesEvent reports whether any item makes an event.
func (e *Envelope) CreatesEvent() bool {
	for i := range e.Items {
		if e.Items[i].CreatesEvent() {
			return true
		}
	}
	return false
}

// HasInternal reports whether an item is of the type that never comes from outside (edge 5.2, last rule).
func (e *Envelope) HasInternal() bool {
	for i := range e.Items {
		if e.Items[i].Type == TypeIntegration {
			return true
		}
	}
	return false
}

// internType returns the type name without allocating for known ones.
func internType(text []byte) string {
	for i := range knownTypes {
		if knownTypes[i].name == string(text) {
			return knownTypes[i].name
		}
	}
	if string(text) == aliasProfileChunkUI {
		return TypeProfileChunk
	}
	return string(text)
}

// internAttachmentType returns a type of edge 6.3, or "".
func internAttachmentType(text []byte) string {
	for i := range knownAttachmentTypes {
		if knownAttachmentTypes[i].name == string(text) {
			return knownAttachmentTypes[i].name
		}
	}
	return ""
}
