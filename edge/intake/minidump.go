package intake

import (
	"bytes"
	"compress/bzip2"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/xi2/xz"

	"weir/codecs/envelope"
	"weir/codecs/jsontext"
	"weir/edge"
	"weir/edge/body"
)

const (
	fieldMinidump = "upload_file_minidump"
	// maxWindow bounds what a compressed dump may make its decoder allocate, in bytes.
	maxWindow = 64 << 20
)

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
	var f fault
	switch types := x.R.Header["Content-Type"]; {
	case len(types) > 0 && (types[0] == envelope.ContentOctets || types[0] == envelope.ContentMinidump):
		f = u.rawDump(x.R, min(limit, in.cfg.MaxAttachmentSize))
	default:
		f = u.read(x.R, limit)
	}
	if !f.is() {
		f = u.resolveDump()
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
		return tooLargeItem("attachment:minidump")
	case errors.Is(err, body.ErrNoMemory):
		return noRoom()
	case err != nil:
		return fault{edge.BadRequest("invalid request body", err.Error()), reasonMultipart}
	}
	u.items = append(u.items, envelope.Item{Type: envelope.TypeAttachment, AttachmentType: envelope.AttachmentMinidump, Filename: "Minidump", HasFilename: true,
		ContentType: envelope.ContentMinidump, Payload: buf.B, Length: len(buf.B)})
	return fault{}
}

// resolveDump unpacks the first minidump and checks that it is one (edge 8.4).
func (u *upload) resolveDump() fault {
	var dump *envelope.Item
	for i := range u.items {
		if u.items[i].AttachmentType == envelope.AttachmentMinidump {
			dump = &u.items[i]
			break
		}
	}
	if dump == nil {
		return fault{edge.BadRequest("missing minidump"), reasonMissingMinidump}
	}
	if boundary := nestedBoundary(dump.Payload); boundary != "" {
		if f := u.unnest(dump, boundary); f.is() {
			return f
		}
	}
	if f := u.decompress(dump); f.is() {
		return f
	}
	for _, suffix := range [...]string{".gz", ".xz", ".bz2", ".zst"} {
		if name, ok := strings.CutSuffix(dump.Filename, suffix); ok {
			dump.Filename = name
			break
		}
	}
	if !bytes.HasPrefix(dump.Payload, []byte("MDMP")) && !bytes.HasPrefix(dump.Payload, []byte("PMDM")) {
		return fault{edge.BadRequest("invalid minidump"), reasonMinidump}
	}
	dump.ContentType = envelope.ContentMinidump // whatever the part said (scenario 112)
	return fault{}
}

// nestedBoundary returns the boundary of a multipart body within the dump, as old Electron sends it; empty if it is none.
func nestedBoundary(b []byte) string {
	b = bytes.TrimLeft(b, "\r\n")
	if len(b) < 3 || !bytes.HasPrefix(b, []byte("--")) {
		return ""
	}
	line := b[2:]
	if i := bytes.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	return string(line)
}

// unnest replaces the dump by the one in its nested body.
func (u *upload) unnest(dump *envelope.Item, boundary string) fault {
	mr := multipart.NewReader(bytes.NewReader(dump.Payload), boundary)
	for {
		p, err := mr.NextRawPart()
		if err != nil {
			return invalidMultipart("nested body: " + err.Error())
		}
		_, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
		if err != nil {
			return invalidMultipart("nested body: " + err.Error())
		}
		if params["name"] == fieldMinidump {
			return u.replace(dump, p, invalidMultipart("nested body: the dump cannot be read"))
		}
	}
}

// replace fills the dump anew from a source; broken is what an unreadable source means.
func (u *upload) replace(dump *envelope.Item, r io.Reader, broken fault) fault {
	buf := u.buffer()
	if buf == nil {
		return noRoom()
	}
	err := buf.Fill(r, u.in.cfg.MaxAttachmentSize, 0)
	switch {
	case errors.Is(err, body.ErrTooLarge):
		return tooLargeItem("attachment:minidump")
	case errors.Is(err, body.ErrNoMemory):
		return noRoom()
	case err != nil:
		return broken
	}
	dump.Payload, dump.Length = buf.B, len(buf.B)
	return fault{}
}

// decompress unpacks a dump that is compressed by itself, whatever the content encoding was.
func (u *upload) decompress(dump *envelope.Item) fault {
	broken := fault{edge.BadRequest("invalid compression format"), reasonCompression}
	src := bytes.NewReader(dump.Payload)
	var r io.Reader
	var err error
	switch b := dump.Payload; {
	case bytes.HasPrefix(b, []byte{0x1F, 0x8B}):
		r, err = gzip.NewReader(src)
	case bytes.HasPrefix(b, []byte("\xFD7zXZ\x00")):
		r, err = xz.NewReader(src, maxWindow)
	case bytes.HasPrefix(b, []byte("BZh")):
		r = bzip2.NewReader(src)
	case bytes.HasPrefix(b, []byte{0x28, 0xB5, 0x2F, 0xFD}):
		var z *zstd.Decoder
		if z, err = zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow)); err == nil {
			defer z.Close()
			r = z
		}
	default:
		return fault{}
	}
	if err != nil {
		return broken
	}
	return u.replace(dump, r, broken)
}

// eventID finds the id in the msgpack event, else in the form data; none if there is none (edge 8.4).
func (u *upload) eventID() (envelope.EventID, fault) {
	for i := range u.items {
		if u.items[i].AttachmentType != envelope.AttachmentPayload {
			continue
		}
		id, err := msgpackEventID(u.items[i].Payload)
		if err != nil {
			return id, fault{edge.BadRequest("invalid messagepack data", err.Error()), reasonMsgpack}
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
