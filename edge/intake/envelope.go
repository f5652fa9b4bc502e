package intake

import (
	"bytes"
	"errors"
	"net/http"

	"weir/codecs/envelope"
	"weir/edge"
)

// envelope is R1: POST /api/{}/envelope/ (edge 8.1).
func (in *Intake) envelope(x *edge.Exchange) edge.Reply {
	s, problem := in.authenticate(x, x.Params[0], "", false, true)
	if problem.Status != 0 {
		return problem
	}
	buf, problem := in.readBody(x, in.cfg.MaxEnvelopeSize)
	if problem.Status != 0 {
		return problem
	}
	defer buf.Free()
	if s.FromHeader {
		if problem := s.authenticateByHeader(buf.B); problem.Status != 0 {
			return problem
		}
	}
	if len(buf.B) == 0 {
		return edge.BadRequest("empty request body")
	}
	return in.submitEnvelope(x, &s, buf.B)
}

// authenticateByHeader takes key and project from the DSN in the envelope's first line (edge 3.3).
func (s *sender) authenticateByHeader(b []byte) edge.Reply {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	h, err := envelope.ParseHeader(line)
	switch {
	case err != nil:
		return edge.Unauthorized("bad envelope authentication header", err.Error())
	case h.DSN == nil:
		return edge.Unauthorized("bad envelope authentication header", "the envelope header has no dsn")
	}
	s.DSN = *h.DSN
	return edge.Reply{}
}

// submitEnvelope parses and submits the bytes of an envelope. They are not used any more when it returns.
func (in *Intake) submitEnvelope(x *edge.Exchange, s *sender, b []byte) edge.Reply {
	e, err := envelope.ParseRequest(b, s.Request)
	if err != nil {
		return invalidEnvelope(err)
	}
	if e.HasInternal() {
		return edge.BadRequest("envelope contains internal items")
	}
	sub := s.submission(e)
	if e.Header.EventID.IsNil() && !e.Header.NilEventID && e.CreatesEvent() {
		e.Header.EventID = newEventID(sub.Receipt, 0)
	}
	if reply, ok := in.gate.Submit(x.R.Context(), sub); !ok {
		return reply
	}
	return idReply(e.Header.EventID, e.Header.NilEventID)
}

func invalidEnvelope(err error) edge.Reply {
	const detail = "invalid event envelope"
	var e *envelope.Error
	switch {
	case !errors.As(err, &e):
		return edge.BadRequest(detail, err.Error())
	case e.Detail == "":
		return edge.BadRequest(detail, e.Cause)
	}
	return edge.BadRequest(detail, e.Cause, e.Detail)
}

// idReply is the success of R1 to R3: the id of the envelope if it has one.
func idReply(id envelope.EventID, evenNil bool) edge.Reply {
	if id.IsNil() && !evenNil {
		return edge.JSON(http.StatusOK, []byte("{}"))
	}
	b := append(make([]byte, 0, 48), `{"id":"`...)
	return edge.JSON(http.StatusOK, append(id.Append(b), `"}`...))
}
