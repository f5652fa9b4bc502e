package envelope

import (
	"bytes"
	"slices"

	"weir/codecs/jsontext"
)

// readItemHeader reads the item header at pos and returns the offset behind its closing brace (edge 6.1). Without a length
// it.Length is -1. A repeated member counts with its last value, a repeated type is an error. Whether the length is one, goodLength tells:
// that is looked at after the end of the line.
func readItemHeader(it *Item, b []byte, pos int) (end int, length uint64, goodLength bool, err error) {
	it.Length, goodLength = -1, true
	r := jsontext.NewReader(b, pos)
	hasType := false
	what := ""
	for ok := r.Object(); ok && r.More(); {
		key, raw := r.Key(), r.Value()
		if raw == nil {
			break
		}
		switch string(key) {
		case "type":
			text, isText := jsontext.Text(raw)
			if !isText || hasType {
				what = "type: expected one string"
			}
			hasType = true
			it.Type = internType(text)
		case "length":
			length, goodLength = jsontext.Uint(raw)
			it.Length = 0
		default:
			it.set(key, raw)
			if len(it.Other) > MaxMembers {
				return 0, 0, false, &Error{Cause: CauseItemHeader, Detail: "too many members"}
			}
		}
	}
	switch {
	case r.Err() != nil:
		what = r.Err().Error()
	case what == "" && !hasType:
		what = "type is missing"
	}
	if what != "" {
		return 0, 0, false, &Error{Cause: CauseItemHeader, Detail: what}
	}
	it.Unknown = it.Unknown || !KnownType(it.Type)
	if len(it.Other) > 0 {
		// An unusable value counts only if no usable one follows.
		it.Other = slices.DeleteFunc(it.Other, func(m Member) bool { return it.writes(m.Key) })
	}
	return r.Pos(), length, goodLength, nil
}

// set stores a member other than type and length. What has the wrong type counts as absent and stays in Other.
func (it *Item) set(key, raw []byte) {
	used := false
	switch string(key) {
	case "content_type":
		it.ContentType, used = contentTypeText(raw)
	case "filename":
		it.Filename, used = jsontext.String(raw)
		it.HasFilename = used
	case "attachment_type":
		text, _ := jsontext.Text(raw)
		it.AttachmentType = internAttachmentType(text)
		used = it.AttachmentType != ""
		it.Unknown = !used
	case "item_count":
		it.ItemCount, used = uint32Of(raw)
	case "span_count":
		it.SpanCount, used = uint32Of(raw)
	case "meta_length":
		it.MetaLength, used = uint32Of(raw)
	case "platform":
		it.Platform, used = platformText(raw)
	case "sampled":
		var v bool
		if v, used = jsontext.Bool(raw); used {
			it.Sampled = &v
		} else {
			it.Sampled = nil
		}
	case "fully_normalized":
		it.FullyNormal, _ = jsontext.Bool(raw)
		used = it.FullyNormal
	case "sentry_release":
		it.Release, _ = jsontext.String(raw)
		used = it.Release != ""
	case "sentry_environment":
		it.Environment, _ = jsontext.String(raw)
		used = it.Environment != ""
	}
	if !used {
		it.Other = append(it.Other, Member{Key: internKey(key), Raw: raw})
	}
}

// Member returns the JSON text of a member that is in Other; of several the last.
func (it *Item) Member(key string) ([]byte, bool) {
	for i := len(it.Other) - 1; i >= 0; i-- {
		if it.Other[i].Key == key {
			return it.Other[i].Raw, true
		}
	}
	return nil, false
}

func uint32Of(raw []byte) (*uint32, bool) {
	n, ok := jsontext.Uint(raw)
	if !ok || n > 1<<32-1 {
		return nil, false
	}
	v := uint32(n)
	return &v, true
}

// Kind returns what attachment_type says or implies (edge 6.3): AttachmentPlain when there is none; empty for items that are no attachment.
func (it *Item) Kind() string {
	switch {
	case it.Type != TypeAttachment:
		return ""
	case it.AttachmentType != "":
		return it.AttachmentType
	case it.Filename == "dying_message.dat" && bytes.HasPrefix(it.Payload, []byte("sntr")):
		return AttachmentSwitchDying
	}
	return AttachmentPlain
}
