package intake

import (
	"net/http"

	"weir/codecs/envelope"
	"weir/codecs/jsontext"
	"weir/edge"
)

// unreal is R14: crash reports of the Unreal engine (edge 8.11).
func (in *Intake) unreal(x *edge.Exchange) edge.Reply {
	s, problem := in.authenticate(x, x.Params[0], x.Params[1], false, false)
	if problem.Status != 0 {
		return problem
	}
	user, named, problem := queryValue(x.R.URL.RawQuery, "UserID")
	if problem.Status != 0 {
		return problem
	}
	buf, problem := in.readBody(x, in.cfg.MaxAttachmentsSize)
	if problem.Status != 0 {
		return problem
	}
	defer buf.Free()
	if len(buf.B) == 0 {
		return edge.BadRequest("empty request body")
	}
	sub := s.submission(nil)
	id := newEventID(sub.Receipt, 0)
	sub.HideLimits = true
	sub.Envelope = s.makeEnvelope(id, envelope.Item{Type: envelope.TypeUnrealReport, Length: len(buf.B), ContentType: envelope.ContentOctets, Payload: buf.B})
	if named {
		sub.Envelope.Header.Other = []envelope.Member{{Key: "unreal_user_id", Raw: jsontext.AppendString(nil, user)}}
	}
	if reply, ok := in.gate.Submit(x.R.Context(), sub); !ok {
		return reply
	}
	return edge.Text(http.StatusOK, id.Hyphenated())
}
