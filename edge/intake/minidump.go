package intake

import (
	"errors"
	"net/http"

	"weir/codecs/envelope"
	"weir/codecs/jsontext"
	"weir/edge"
	"weir/edge/body"
)

const fieldMinidump = "upload_file_minidump"

// minidumpFields gives the attachment type of a file by its field (edge 8.4).
func minidumpFields(field string) string {
	switch field {
	case fieldMinidump:
		return envelope.AttachmentMinidump
	case "__sentry-breadcrumb1", "__sentry-breadcrumb2":
		return envelope.AttachmentBreadcrumbs
	case "__sentry-event":
		return envelope.AttachmentPayload
	case "view-hierarchy.json":
		return envelope.AttachmentView
	}
	return envelope.AttachmentPlain
}

// minidump is R6: native crashes (edge 8.4).
func (in *Intake) minidump(x *edge.Exchange) edge.Reply {
	s, problem := in.authenticate(x, x.Params[0], "", false, false)
	if problem.Status != 0 {
		return problem
	}
	limit := in.cfg.MaxUploadSize + in.cfg.MaxAttachmentsSize
	if x.R.ContentLength > limit {
		return edge.Text(http.StatusRequestEntityTooLarge, "length limit exceeded")
	}
	u := upload{in: in, typeOf: minidumpFields, mustFit: func(kind string) bool { return kind == envelope.AttachmentMinidump }}
	defer u.free()
	types := x.R.Header["Content-Type"]
	isBody := len(types) > 0 && (types[0] == envelope.ContentOctets || types[0] == envelope.ContentMinidump)
	var f fault
	if isBody {
		f = u.rawDump(x.R, min(limit, in.cfg.MaxAttachmentSize))
	} else {
		f = u.read(x.R, limit)
	}
	if !f.is() {
		f = u.resolveDump(isBody)
	}
	var id envelope.EventID
	if !f.is() {
		id, f = u.eventID()
	}
	if f.is() {
		return u.refuse(&s, f, true)
	}
	sub := s.submission(nil)
	if id.IsNil() {
		id = newEventID(sub.Receipt, 0)
	}
	sub.Envelope = s.makeEnvelope(id, u.items...)
	sub.HideLimits = true
	sub.Discards = u.oversized
	if reply, ok := in.gate.Submit(x.R.Context(), sub); !ok {
		return reply
	}
	return edge.Text(http.StatusOK, id.Hyphenated())
}

// rawDump takes the whole body as the dump.
func (u *upload) rawDump(r *http.Request, limit int64) fault {
	buf := u.buffer()
	if buf == nil {
		return noRoom()
	}
	err := buf.Fill(r.Body, limit, r.ContentLength)
	switch {
	case errors.Is(err, body.ErrTooLarge):
		u.items = append(u.items, envelope.Item{Type: envelope.TypeAttachment, AttachmentType: envelope.AttachmentMinidump})
		f := tooLargeItem("attachment:minidump")
		f.cut = true
		return f
	case errors.Is(err, body.ErrNoMemory):
		return noRoom()
	case err != nil:
		return fault{reply: edge.BadRequest("invalid request body", err.Error()), reason: reasonMultipart}
	}
	u.items = append(u.items, envelope.Item{Type: envelope.TypeAttachment, AttachmentType: envelope.AttachmentMinidump, Filename: "Minidump", HasFilename: true,
		ContentType: envelope.ContentMinidump, Payload: buf.B, Length: len(buf.B)})
	return fault{}
}

// resolveDump unpacks the first minidump and checks that it is one (edge 8.4). One that is refused counts as it was sent.
func (u *upload) resolveDump(isBody bool) fault {
	var dump *envelope.Item
	for i := range u.items {
		if u.items[i].AttachmentType == envelope.AttachmentMinidump {
			dump = &u.items[i]
			break
		}
	}
	if dump == nil {
		return fault{reply: edge.BadRequest("missing minidump"), reason: reasonMissingMinidump}
	}
	sent := dump.Payload
	f := u.unpack(dump, isBody)
	switch {
	case !f.is():
	case isBody:
		dump.Payload = nil
	default:
		dump.Payload = sent
	}
	return f
}

// eventID finds the id in the msgpack event, else in the form data; none if there is none (edge 8.4).
func (u *upload) eventID() (envelope.EventID, fault) {
	for i := range u.items {
		if u.items[i].AttachmentType != envelope.AttachmentPayload {
			continue
		}
		id, err := msgpackEventID(u.items[i].Payload)
		if err != nil {
			return id, fault{reply: edge.BadRequest("invalid messagepack data", err.Error()), reason: reasonMsgpack}
		}
		if !id.IsNil() {
			return id, fault{}
		}
	}
	for name, value := range u.formFields {
		switch name {
		case "sentry":
			return jsonEventID([]byte(value)), fault{}
		case "sentry[event_id]":
			id, _ := envelope.ParseEventID(value)
			return id, fault{}
		}
	}
	return envelope.EventID{}, fault{}
}

// jsonEventID reads event_id of a JSON object; whatever is wrong means that there is none.
func jsonEventID(b []byte) (id envelope.EventID) {
	r := jsontext.NewReader(b, 0)
	for ok := r.Object(); ok && r.More(); {
		key, value := r.Key(), r.Value()
		if value == nil {
			break
		}
		if string(key) == "event_id" {
			text, _ := jsontext.String(value)
			id, _ = envelope.ParseEventID(text)
		}
	}
	if r.Err() != nil {
		return envelope.EventID{}
	}
	return id
}
