package downstream

import (
	"encoding/json"
	"net/http"

	"weir/codecs/envelope"
	"weir/codecs/jsontext"
	"weir/edge"
)

// publicKeys is R21 (edge 12.6): any known relay may ask about any.
func (a *API) publicKeys(x *edge.Exchange) edge.Reply {
	_, buf, problem := a.signed(x)
	if problem.Status != 0 {
		return problem
	}
	defer buf.Free()
	var ids []string
	m, err := members(buf.B, "relay_ids")
	if err == nil {
		if list := m["relay_ids"]; list == nil || string(list) == "null" {
			err = errMissing("relay_ids")
		} else {
			err = json.Unmarshal(list, &ids)
		}
	}
	if err != nil {
		return edge.BadRequest("invalid JSON data", err.Error())
	}
	out := []byte(`{"relays":{`)
	told := map[envelope.EventID]bool{}
	for _, text := range ids {
		id, err := envelope.ParseEventID(text)
		if err != nil {
			return edge.BadRequest("invalid JSON data", "relay_ids: "+err.Error())
		}
		if told[id] {
			continue
		}
		if told[id] = true; len(told) > 1 {
			out = append(out, ',')
		}
		out = append(jsontext.AppendString(out, id.Hyphenated()), ':')
		r, ok, err := a.relay(x.R.Context(), id)
		switch {
		case err != nil:
			return edge.Problem(http.StatusServiceUnavailable, ErrBusy.Error())
		case !ok:
			out = append(out, "null"...)
		default:
			out = append(jsontext.AppendString(append(out, `{"publicKey":`...), r.Key.String()), `,"internal":`...)
			if r.Internal {
				out = append(out, "true}"...)
			} else {
				out = append(out, "false}"...)
			}
		}
	}
	return edge.JSON(http.StatusOK, append(out, "}}"...))
}
