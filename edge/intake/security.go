package intake

import (
	"net/http"

	"weir/codecs/envelope"
	"weir/codecs/jsontext"
	"weir/edge"
)

const typeReports = "application/reports+json"

// security is R4 and R5: reports of browsers (edge 8.6).
func (in *Intake) security(x *edge.Exchange) edge.Reply {
	mt, problem := mediaTypeOf(x.R)
	if problem.Status != 0 {
		return problem
	}
	s, problem := in.authenticate(x, x.Params[0], "", false, false)
	if problem.Status != 0 {
		return problem
	}
	release, hasRelease, problem := queryValue(x.R.URL.RawQuery, "sentry_release")
	if problem.Status != 0 {
		return problem
	}
	environment, hasEnvironment, problem := queryValue(x.R.URL.RawQuery, "sentry_environment")
	if problem.Status != 0 {
		return problem
	}
	buf, problem := in.readBody(x, in.cfg.MaxEventSize)
	if problem.Status != 0 {
		return problem
	}
	defer buf.Free()
	if mt.name != typeJSON && mt.name != "application/csp-report" && mt.name != typeReports {
		return edge.Empty(http.StatusUnsupportedMediaType)
	}
	if len(buf.B) == 0 {
		return edge.BadRequest("empty request body")
	}
	var empty []envelope.Member // what the query names without a value
	for _, m := range [...]struct {
		key string
		is  bool
	}{{"sentry_release", hasRelease && release == ""}, {"sentry_environment", hasEnvironment && environment == ""}} {
		if m.is {
			empty = append(empty, envelope.Member{Key: m.key, Raw: []byte(`""`)})
		}
	}
	for _, report := range splitReports(buf.B) {
		sub := s.submission(nil)
		sub.Envelope = s.makeEnvelope(newEventID(sub.Receipt, 0), envelope.Item{Type: envelope.TypeRawSecurity, Length: len(report), ContentType: typeJSON,
			Release: release, Environment: environment, Other: empty, Payload: report})
		if reply, ok := in.gate.Submit(x.R.Context(), sub); !ok {
			return reply
		}
	}
	return edge.Empty(http.StatusOK)
}

// splitReports returns the elements of a JSON array, and every other text as one report.
func splitReports(b []byte) [][]byte {
	var list [][]byte
	r := jsontext.NewReader(b, 0)
	if !r.Array() {
		return [][]byte{b}
	}
	for r.More() {
		element := r.Value()
		if element == nil {
			break
		}
		list = append(list, element)
	}
	if r.Err() != nil || jsontext.SkipSpace(b, r.Pos()) != len(b) {
		return [][]byte{b}
	}
	return list
}
