package intake

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"weir/codecs/checkin"
	"weir/codecs/envelope"
	"weir/codecs/jsontext"
	"weir/edge"
)

// cronClient is the client of check-ins that do not name one (edge 8.7).
const cronClient = "relay-http"

// cron is R8 and R9: check-ins by plain HTTP (edge 8.7).
func (in *Intake) cron(x *edge.Exchange) edge.Reply {
	s, problem := in.authenticate(x, x.Params[0], x.Params[2], false, false)
	if problem.Status != 0 {
		return problem
	}
	if s.Client == "" {
		s.Client = cronClient
	}
	var c *checkin.CheckIn
	if value := edge.Header(x.R, "Content-Type"); strings.HasPrefix(value, typeJSON) {
		if m, err := parseMediaType(value); err != nil || !m.isJSON() {
			return edge.Text(http.StatusUnsupportedMediaType, "Expected request with `Content-Type: application/json`")
		}
		c, problem = in.checkInOfBody(x)
	} else {
		c, problem = checkInOfQuery(x.R.URL.RawQuery)
	}
	if problem.Status != 0 {
		return problem
	}
	c.Slug = x.Params[1]
	payload := c.AppendTo(nil)
	sub := s.submission(nil)
	sub.HideLimits = true
	sub.Envelope = s.makeEnvelope(newEventID(sub.Receipt, 0),
		envelope.Item{Type: envelope.TypeCheckIn, Length: len(payload), ContentType: typeJSON, Payload: payload})
	if reply, ok := in.gate.Submit(x.R.Context(), sub); !ok {
		return reply
	}
	return edge.Empty(http.StatusAccepted)
}

func (in *Intake) checkInOfBody(x *edge.Exchange) (*checkin.CheckIn, edge.Reply) {
	buf, problem := in.readBody(x, in.cfg.MaxEventSize)
	if problem.Status != 0 {
		return nil, problem
	}
	defer buf.Free()
	c, err := checkin.Parse(buf.B) // does not alias the buffer
	switch {
	case err == nil:
		return c, edge.Reply{}
	case errors.Is(err, checkin.ErrStatus) || !jsontext.Valid(buf.B):
		return nil, edge.Text(http.StatusBadRequest, "Failed to parse the request body as JSON")
	}
	return nil, edge.Text(http.StatusUnprocessableEntity, "Failed to deserialize the JSON body: "+err.Error())
}

func checkInOfQuery(query string) (*checkin.CheckIn, edge.Reply) {
	c, hasStatus := &checkin.CheckIn{}, false
	for _, name := range [...]string{"status", "check_in_id", "environment", "duration"} {
		value, ok, problem := queryValue(query, name)
		if problem.Status != 0 {
			return nil, problem
		}
		if !ok {
			continue
		}
		var err error
		switch name {
		case "status":
			c.Status, hasStatus = checkin.ParseStatus(value), true
		case "check_in_id":
			if c.ID, err = envelope.ParseEventID(value); err != nil {
				return nil, badQuery("check_in_id: " + err.Error())
			}
		case "environment":
			c.Environment, c.HasEnv = value, true
		case "duration":
			c.HasDuration = true
			if c.Duration, err = strconv.ParseFloat(value, 64); err != nil || strings.ContainsAny(value, "xXpP_") {
				return nil, badQuery("duration: not a number")
			}
		}
	}
	if !hasStatus {
		return nil, badQuery("missing field `status`")
	}
	return c, edge.Reply{}
}
