package intake

import (
	"net/http"

	"weir/codecs/envelope"
	"weir/edge"
)

// attachments is R7: files for an event that is sent, or was sent, by other means (edge 8.5).
func (in *Intake) attachments(x *edge.Exchange) edge.Reply {
	s, problem := in.authenticate(x, x.Params[0], "", false, false)
	if problem.Status != 0 {
		return problem
	}
	id, err := envelope.ParseEventID(x.Params[1])
	if err != nil {
		return edge.Text(http.StatusBadRequest, "Invalid URL: "+err.Error())
	}
	if x.R.ContentLength > in.cfg.MaxAttachmentsSize {
		return edge.Text(http.StatusRequestEntityTooLarge, "length limit exceeded")
	}
	u := upload{
		in:      in,
		typeOf:  func(string) string { return envelope.AttachmentPlain },
		mustFit: func(string) bool { return true },
	}
	defer u.free()
	if f := u.read(x.R, in.cfg.MaxAttachmentsSize); f.is() {
		return u.refuse(&s, f, false)
	}
	e := s.makeEnvelope(id, u.items...)
	e.Header.NilEventID = id.IsNil()
	if reply, ok := in.gate.Submit(x.R.Context(), s.submission(e)); !ok {
		return reply
	}
	return edge.Empty(http.StatusCreated)
}
