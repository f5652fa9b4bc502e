package userreport

import (
	"bytes"
	"errors"

	"weir/codecs/envelope"
	"weir/codecs/jsontext"
)

// Report is a user's words about an event.
type Report struct {
	EventID               envelope.EventID
	Name, Email, Comments string
}

// ErrReport says that a payload is no user report: outcome reason invalid_json.
var ErrReport = errors.New("not a user report")

// Parse reads a payload; white space around it is allowed, event_id is required, null means empty for the texts.
func Parse(b []byte) (*Report, error) {
	b = bytes.Trim(b, " \t\n\f\r")
	rep := &Report{}
	hasID := false
	r := jsontext.NewReader(b, 0)
	if !r.Object() {
		return nil, ErrReport
	}
	for r.More() {
		key, v := r.Key(), r.Value()
		if v == nil {
			break
		}
		ok := true
		switch string(key) {
		case "event_id":
			var text string
			text, ok = jsontext.String(v)
			id, err := envelope.ParseEventID(text)
			rep.EventID, hasID = id, true
			ok = ok && err == nil
		case "name":
			ok = setText(&rep.Name, v)
		case "email":
			ok = setText(&rep.Email, v)
		case "comments":
			ok = setText(&rep.Comments, v)
		}
		if !ok {
			return nil, ErrReport
		}
	}
	if r.Err() != nil || !hasID || r.Pos() != len(b) {
		return nil, ErrReport
	}
	return rep, nil
}

func setText(dst *string, v []byte) bool {
	if jsontext.IsNull(v) {
		*dst = ""
		return true
	}
	s, ok := jsontext.String(v)
	*dst = s
	return ok
}

// AppendTo appends the payload as consumers read it.
func (r *Report) AppendTo(dst []byte) []byte {
	dst = append(append(append(dst, `{"event_id":"`...), r.EventID.String()...), '"')
	dst = jsontext.AppendString(append(dst, `,"name":`...), r.Name)
	dst = jsontext.AppendString(append(dst, `,"email":`...), r.Email)
	dst = jsontext.AppendString(append(dst, `,"comments":`...), r.Comments)
	return append(dst, '}')
}
