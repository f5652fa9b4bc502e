package intake

import (
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"strings"

	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/raw"
	"weir/edge"
	"weir/edge/admission"
	"weir/edge/body"
	"weir/edge/formdata"
	rules "weir/processors/admission"
)

// Reasons of refused uploads (edge 8.4).
const (
	reasonMultipart       outcome.Reason = "invalid_multipart"
	reasonMinidump        outcome.Reason = "invalid_minidump"
	reasonMissingMinidump outcome.Reason = "missing_minidump_upload"
	reasonCompression     outcome.Reason = "invalid_compression"
	reasonMsgpack         outcome.Reason = "invalid_msgpack"
	reasonRequestTooLarge outcome.Reason = "request_too_large"
)

// fault is why an upload is refused. The zero value is none.
type fault struct {
	reply  edge.Reply
	reason outcome.Reason
	// cut says that the body broke off: what was read of it counts as lost for an internal reason.
	cut bool
}

func (f fault) is() bool { return f.reply.Status != 0 }

func invalidMultipart(cause string) fault {
	return fault{reply: edge.BadRequest("invalid multipart data", cause), reason: reasonMultipart}
}

func tooLargeItem(name string) fault {
	return fault{reply: admission.TooLarge(name), reason: rules.TooLarge(name)}
}

// noRoom is the fault of an upload for which there is no memory.
func noRoom() fault { return fault{reply: noMemory, reason: admission.ReasonInternal} }

var contentTooLarge = fault{reply: edge.Problem(http.StatusRequestEntityTooLarge, "request content exceeded size limits"), reason: reasonRequestTooLarge}

// upload collects the parts of a multipart form (edge 8.4, 8.5).
type upload struct {
	in    *Intake
	items []envelope.Item
	// typeOf gives the attachment type of a file by its field name.
	typeOf func(field string) string
	// mustFit says that a file over max_attachment_size refuses the whole request instead of being left out.
	mustFit func(attachmentType string) bool

	buffers   []*body.Buffer
	form      *body.Buffer // serialised form fields, nil without any
	files     int64        // bytes of all files
	oversized []raw.Discard
}

// free gives all memory back; payloads must not be used any more.
func (u *upload) free() {
	for _, b := range u.buffers {
		b.Free()
	}
}

// buffer returns memory that lives until free, nil when there is none left.
func (u *upload) buffer() *body.Buffer {
	b := body.Get(u.in.budget)
	if b != nil {
		u.buffers = append(u.buffers, b)
	}
	return b
}

// read takes all parts of the body, at most limit bytes in total.
func (u *upload) read(r *http.Request, limit int64) fault {
	m, err := parseMediaType(edge.Header(r, "Content-Type"))
	switch {
	case err != nil:
		return invalidMultipart("content type: " + err.Error())
	case m.name != "multipart/form-data" || m.param("boundary") == "":
		return invalidMultipart("not multipart/form-data with a boundary")
	}
	f := u.parts(formdata.NewReader(body.Limit(r.Body, limit), m.param("boundary")))
	if !f.is() && u.form != nil {
		u.items = append(u.items, envelope.Item{Type: envelope.TypeFormData, Length: len(u.form.B), ContentType: "text/plain", Payload: u.form.B})
	}
	return f
}

func (u *upload) parts(form *formdata.Reader) fault {
	for {
		p, err := form.Next()
		if err == io.EOF {
			return fault{}
		}
		if err != nil {
			return readFault(err)
		}
		var f fault
		switch {
		case p.HasFilename:
			f = u.file(p)
		case p.HasName:
			f = u.field(p)
		}
		if f.is() {
			return f
		}
	}
}

// readFault translates an error while a part is read.
func readFault(err error) fault {
	switch {
	case errors.Is(err, body.ErrTooLarge):
		return contentTooLarge
	case errors.Is(err, body.ErrNoMemory):
		return noRoom()
	}
	f := invalidMultipart(err.Error())
	f.cut = true
	return f
}

// file makes an attachment of a part with a filename.
func (u *upload) file(p *formdata.Part) fault {
	it := envelope.Item{Type: envelope.TypeAttachment, AttachmentType: u.typeOf(p.Name), Filename: strings.ToValidUTF8(p.Filename, "\uFFFD"), HasFilename: true}
	if _, err := parseMediaType(p.ContentType); err == nil {
		if it.ContentType = envelope.CanonicalContentType(p.ContentType); it.ContentType == "" {
			it.ContentType = envelope.ContentOctets
		}
	}
	buf := u.buffer()
	if buf == nil {
		return noRoom()
	}
	src := &tee{r: p}
	err := buf.Fill(src, u.in.cfg.MaxAttachmentSize, 0)
	switch {
	case err == nil:
	case src.failed():
		f := readFault(src.err)
		if f.cut {
			u.items = append(u.items, it) // it counts, as an empty one
		}
		return f
	case errors.Is(err, body.ErrTooLarge):
		return u.tooLarge(it, src)
	default:
		return readFault(err)
	}
	it.Payload, it.Length = buf.B, len(buf.B)
	if u.files += int64(len(buf.B)); u.files > u.in.cfg.MaxAttachmentsSize {
		return contentTooLarge
	}
	u.items = append(u.items, it)
	return fault{}
}

// tee remembers how much a source had and why it ended.
type tee struct {
	r   io.Reader
	n   int64
	err error
}

func (s *tee) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.n += int64(n)
	if err != nil {
		s.err = err
	}
	return n, err
}

// failed reports whether the source ended before its end.
func (s *tee) failed() bool { return s.err != nil && s.err != io.EOF }

// tooLarge leaves one file out, or refuses the request because of it. Either way the file has an outcome of its own.
func (u *upload) tooLarge(it envelope.Item, src *tee) fault {
	last := len(u.buffers) - 1
	u.buffers[last].Free()
	u.buffers = u.buffers[:last]
	if _, err := io.Copy(io.Discard, src); err != nil {
		return readFault(err)
	}
	it.Payload = []byte{0}
	reason := rules.TooLarge(rules.CheckSizes(&envelope.Envelope{Items: []envelope.Item{it}}, rules.Sizes{})) // the name that the rules give it
	u.oversized = append(u.oversized,
		raw.Discard{ID: outcome.Invalid, Reason: reason, Category: outcome.Attachment, Quantity: uint64(min(src.n, u.in.cfg.MaxAttachmentSize+1))}, // more was not looked at
		raw.Discard{ID: outcome.Invalid, Reason: reason, Category: outcome.AttachmentItem, Quantity: 1})
	if u.mustFit(it.AttachmentType) {
		return invalidMultipart("a file is larger than the limit")
	}
	return fault{}
}

// field appends a part without filename to the form data (edge 8.4).
func (u *upload) field(p *formdata.Part) fault {
	if u.form == nil {
		if u.form = u.buffer(); u.form == nil {
			return noRoom()
		}
	}
	value := body.Get(u.in.budget)
	if value == nil {
		return noRoom()
	}
	defer value.Free()
	src := &tee{r: p}
	if err := value.Fill(src, u.in.cfg.MaxEventSize, 0); err != nil {
		switch {
		case src.failed():
			return readFault(src.err)
		case errors.Is(err, body.ErrTooLarge):
			return tooLargeItem(envelope.TypeFormData)
		}
		return readFault(err)
	}
	name, text := strings.ToValidUTF8(p.Name, "\uFFFD"), strings.ToValidUTF8(string(value.B), "\uFFFD")
	size := 8 + len(name) + len(text)
	if int64(len(u.form.B)+size) > u.in.cfg.MaxEventSize {
		return tooLargeItem(envelope.TypeFormData)
	}
	if !u.form.Grow(size) {
		return noRoom()
	}
	for _, s := range [...]string{name, text} {
		u.form.B = binary.LittleEndian.AppendUint32(u.form.B, uint32(len(s)))
		u.form.B = append(u.form.B, s...)
	}
	return fault{}
}

// formFields yields the fields again that field serialised.
func (u *upload) formFields(yield func(name, value string) bool) {
	if u.form == nil {
		return
	}
	take := func(b []byte) (string, []byte) {
		n := binary.LittleEndian.Uint32(b)
		return string(b[4 : 4+n]), b[4+n:]
	}
	for b := u.form.B; len(b) > 0; {
		var name, value string
		name, b = take(b)
		value, b = take(b)
		if !yield(name, value) {
			return
		}
	}
}

// refuse accounts for a refused upload: its event, unless there is none, and the files that were read (edge 8.4).
func (u *upload) refuse(s *sender, f fault, event bool) edge.Reply {
	counts := u.oversized
	if event {
		counts = append(counts, raw.Discard{ID: outcome.Invalid, Reason: f.reason, Category: outcome.Error, Quantity: 1})
	}
	var sum rules.Totals
	for i := range u.items {
		sum.AddItem(&u.items[i])
	}
	reason := f.reason
	if f.cut {
		reason = admission.ReasonInternal
	}
	for _, q := range sum.AppendTo(nil) {
		counts = append(counts, raw.Discard{ID: outcome.Invalid, Reason: reason, Category: q.Category, Quantity: q.N})
	}
	u.in.gate.Refuse(s.submission(nil), len(u.items)+len(u.oversized)/2, counts, false)
	return f.reply
}
