package intake

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"weir/codecs/envelope"
	"weir/edge"
)

const (
	typeProtobuf = "application/x-protobuf"
	// featureLogs must be on for a project that gets logs by OTLP (edge 8.9).
	featureLogs = "organizations:ourlogs-ingestion"
)

// protocol is one of the foreign formats whose requests become an integration item as they are.
type protocol struct {
	json, protobuf string // content type of the item by form of the request
	features       []string
}

// otlp returns the handler of R11 or R12 (edge 8.9).
func (in *Intake) otlp(p protocol) edge.Handler {
	return func(x *edge.Exchange) edge.Reply {
		value := edge.Header(x.R, "Content-Type")
		itemType, asJSON := "", true
		kind := envelope.CanonicalContentType(value)
		if bare := strings.TrimRight(value, ";"); bare != value && envelope.CanonicalContentType(bare) == typeJSON {
			kind = typeJSON // of JSON, a parameter that is none does no harm
		}
		switch kind {
		case typeJSON:
			itemType = p.json
		case typeProtobuf:
			itemType, asJSON = p.protobuf, false
		default:
			return otlpStatus(edge.Problem(http.StatusUnsupportedMediaType, "unsupported content type: "+value), true)
		}
		problem := in.afterBody(x, func(s *sender, b []byte) edge.Reply {
			return in.submitIntegration(x, s, b, itemType, p.features, false)
		})
		if problem.Status != 0 {
			return otlpStatus(problem, asJSON)
		}
		if asJSON {
			return edge.JSON(http.StatusOK, []byte("{}"))
		}
		return edge.Reply{Status: http.StatusOK, Type: typeProtobuf}
	}
}

// submitIntegration submits a body as one integration item. A reply with a status is what went wrong, or the limits.
func (in *Intake) submitIntegration(x *edge.Exchange, s *sender, payload []byte, itemType string, features []string, hideLimits bool) edge.Reply {
	s.Client = in.cfg.Product
	sub := s.submission(s.makeEnvelope(envelope.EventID{}, envelope.Item{Type: envelope.TypeIntegration, Length: len(payload), ContentType: itemType, Payload: payload}))
	sub.Envelope.Header.RequiredFeatures = features
	sub.HideLimits = hideLimits
	if reply, ok := in.gate.Submit(x.R.Context(), sub); !ok {
		return reply
	}
	return edge.Reply{}
}

// nel is R10: network error reports (edge 8.8).
func (in *Intake) nel(x *edge.Exchange) edge.Reply {
	mt, problem := mediaTypeOf(x.R)
	if problem.Status != 0 {
		return problem
	}
	return in.afterBody(x, func(s *sender, b []byte) edge.Reply {
		if mt.name != typeJSON && mt.name != typeReports {
			return edge.Empty(http.StatusUnsupportedMediaType)
		}
		if problem := in.submitIntegration(x, s, b, envelope.IntegrationNEL, nil, true); problem.Status != 0 {
			return problem
		}
		return edge.Empty(http.StatusOK)
	})
}

// vercel is R13: a log drain (edge 8.10).
func (in *Intake) vercel(x *edge.Exchange) edge.Reply {
	return in.afterBody(x, func(s *sender, b []byte) edge.Reply {
		itemType := ""
		switch envelope.CanonicalContentType(edge.Header(x.R, "Content-Type")) {
		case typeJSON:
			itemType = envelope.IntegrationVercelArray
		case "application/x-ndjson":
			itemType = envelope.IntegrationVercelLines
		default:
			return edge.Empty(http.StatusUnsupportedMediaType)
		}
		if problem := in.submitIntegration(x, s, b, itemType, []string{featureLogs}, false); problem.Status != 0 {
			return problem
		}
		return edge.Empty(http.StatusAccepted)
	})
}

// afterBody authenticates, reads a container body and goes on.
func (in *Intake) afterBody(x *edge.Exchange, next func(*sender, []byte) edge.Reply) edge.Reply {
	s, problem := in.authenticate(x, x.Params[0], "", false, false)
	if problem.Status != 0 {
		return problem
	}
	buf, problem := in.readBody(x, in.cfg.MaxContainerSize)
	if problem.Status != 0 {
		return problem
	}
	defer buf.Free()
	return next(&s, buf.B)
}

// otlpStatus translates an error into a google.rpc Status; HTTP status and limits stay (edge 8.9, 4).
func otlpStatus(r edge.Reply, asJSON bool) edge.Reply {
	message := r.Detail
	if message == "" {
		message = "unable to read body: " + string(r.Body)
	}
	code := statusCode(r.Status)
	r.Detail, r.Causes = "", nil
	if asJSON {
		r.Type = edge.TypeJSON
		text, _ := json.Marshal(message) // a string always encodes
		r.Body = append(append([]byte(`{"code":`+strconv.Itoa(code)+`,"message":`), text...), '}')
		return r
	}
	r.Type = typeProtobuf
	r.Body = appendVarint([]byte{0x08, byte(code), 0x12}, len(message))
	r.Body = append(r.Body, message...)
	return r
}

func appendVarint(dst []byte, n int) []byte {
	for n >= 0x80 {
		dst = append(dst, byte(n)|0x80)
		n >>= 7
	}
	return append(dst, byte(n))
}

// statusCode is the gRPC code of an HTTP status (edge 8.9, 4).
func statusCode(status int) int {
	switch status {
	case http.StatusBadRequest, http.StatusUnsupportedMediaType:
		return 3
	case http.StatusUnauthorized:
		return 16
	case http.StatusForbidden:
		return 7
	case http.StatusNotFound:
		return 5
	case http.StatusRequestEntityTooLarge, http.StatusTooManyRequests:
		return 8
	case http.StatusNotImplemented:
		return 12
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		return 14
	case http.StatusGatewayTimeout:
		return 4
	}
	if status >= 500 {
		return 13
	}
	return 2
}
