package intake

import (
	"bytes"
	"net/http"
	"strings"

	"weir/codecs/envelope"
	"weir/codecs/jsontext"
	"weir/edge"
	"weir/edge/body"
)

// pixel is the answer to a GET: a transparent GIF of one pixel (edge 8.3).
var pixel = []byte("GIF89a\x01\x00\x01\x00\x00\xff\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x00;")

const (
	typeEnvelope = "application/x-sentry-envelope"
	typeJSON     = "application/json"
)

// store is R2: /api/{}/store/ (edge 8.2, 8.3).
func (in *Intake) store(x *edge.Exchange) edge.Reply { return in.storeEvent(x, x.Params[0], false) }

// storeAnyProject is R3: /api/store/, where the project follows from the key.
func (in *Intake) storeAnyProject(x *edge.Exchange) edge.Reply { return in.storeEvent(x, "", true) }

func (in *Intake) storeEvent(x *edge.Exchange, project string, noProject bool) edge.Reply {
	s, problem := in.authenticate(x, project, "", noProject, false)
	if problem.Status != 0 {
		return problem
	}
	if x.R.Method != http.MethodPost {
		return in.storeQuery(x, &s)
	}
	buf, problem := in.readBody(x, in.cfg.MaxEventSize)
	if problem.Status != 0 {
		return problem
	}
	defer func() { buf.Free() }()
	if types := x.R.Header["Content-Type"]; len(types) > 0 && types[0] == typeEnvelope {
		return in.submitEnvelope(x, &s, buf.B)
	}
	return in.submitEvent(x, &s, &buf)
}

// storeQuery takes the event from the query and answers an image (edge 8.3).
func (in *Intake) storeQuery(x *edge.Exchange, s *sender) edge.Reply {
	data, ok, problem := queryValue(x.R.URL.RawQuery, "sentry_data")
	switch {
	case problem.Status != 0:
		return problem
	case !ok:
		return badQuery("missing field `sentry_data`")
	}
	buf := body.Get(in.budget)
	if buf == nil || !buf.Grow(len(data)) {
		buf.Free()
		return noMemory
	}
	defer func() { buf.Free() }()
	buf.B = append(buf.B, data...)
	reply := in.submitEvent(x, s, &buf)
	if reply.Status == http.StatusOK {
		return edge.Reply{Status: http.StatusOK, Type: "image/gif", Body: pixel}
	}
	return reply
}

// submitEvent makes an envelope of an event body in any of its forms. The buffer may be replaced by that of the decoded form.
func (in *Intake) submitEvent(x *edge.Exchange, s *sender, buf **body.Buffer) edge.Reply {
	if problem := in.decodeEvent(buf); problem.Status != 0 {
		return problem
	}
	payload := (*buf).B
	if strings.HasPrefix(s.Client, "raven-python/") || strings.HasPrefix(s.Client, "sentry-python/") {
		fixPythonJSON(payload)
	}
	id, itemType, err := sniffEvent(payload)
	if err != nil {
		return invalidJSON(payload, err)
	}
	sub := s.submission(nil)
	if id.IsNil() {
		id = newEventID(sub.Receipt, 0)
	}
	sub.Envelope = s.makeEnvelope(id, envelope.Item{Type: itemType, Length: len(payload), ContentType: typeJSON, Payload: payload})
	if reply, ok := in.gate.Submit(x.R.Context(), sub); !ok {
		return reply
	}
	return idReply(id, true)
}

// sniffEvent checks that b is one JSON object and reads its event_id and type (edge 8.2, steps 4 and 5).
func sniffEvent(b []byte) (id envelope.EventID, itemType string, err error) {
	itemType = envelope.TypeEvent
	hasID, hasType := false, false
	r := jsontext.NewReader(b, 0)
	for ok := r.Object(); ok && r.More(); {
		start := r.Pos() // behind the colon
		key := r.Key()
		if string(key) != "event_id" && string(key) != "type" {
			r.Pass() // what else is wrong with the event shows when it is processed
			continue
		}
		value := r.Value()
		if value == nil {
			break
		}
		switch string(key) {
		case "event_id":
			if hasID {
				return id, "", duplicate(b, key, start)
			}
			hasID = true
			if jsontext.IsNull(value) {
				continue
			}
			text, ok := jsontext.String(value)
			if !ok {
				return id, "", &jsonError{"invalid type, expected an event identifier", r.Pos()}
			}
			if id, err = envelope.ParseEventID(text); err != nil {
				return id, "", &jsonError{`invalid value: string "` + escaped(text[:min(len(text), 100)]) + `", expected an event identifier`, r.Pos()}
			}
		case "type":
			if hasType {
				return id, "", duplicate(b, key, start)
			}
			hasType = true
			text, ok := jsontext.Text(value)
			if !ok {
				return id, "", &jsonError{"expected value", r.Pos() - len(value) + 1}
			}
			switch string(text) {
			case "transaction":
				itemType = envelope.TypeTransaction
			case "csp":
				itemType = envelope.TypeSecurity
			case "userreportv2":
				itemType = envelope.TypeFeedback
			}
		}
	}
	if err := r.Err(); err != nil {
		return id, "", err
	}
	if end := jsontext.SkipSpace(b, r.Pos()); end != len(b) {
		return id, "", &jsonError{"trailing characters", end + 1}
	}
	return id, itemType, nil
}

// duplicate is the error of a member that comes twice, whose value starts behind the colon at colon-1.
func duplicate(b, key []byte, colon int) error {
	return &jsonError{"duplicate field `" + string(key) + "`", bytes.LastIndexByte(b[:colon], '"') + 1}
}

// escaped writes a text as messages of the contract quote it.
func escaped(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\x00", `\0`).Replace(s)
}
