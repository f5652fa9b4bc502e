package edge

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// Reply is the answer to an exchange. Problems are kept as texts until they are written, because some endpoints
// translate them (edge 8.9).
type Reply struct {
	Status int
	Type   string // Content-Type of Body
	Body   []byte

	Detail string   // with no Body: the JSON error of edge 9.1
	Causes []string // from outer to inner

	RetryAfter string // Retry-After, empty: none
	RateLimits string // X-Sentry-Rate-Limits, empty: none

	Allow string // Allow, for 405
	Done  bool   // the handler has written the answer itself
}

// Content types of replies.
const (
	TypeJSON = "application/json"
	TypeText = "text/plain; charset=utf-8"
)

// JSON is a successful reply with a JSON body.
func JSON(status int, body []byte) Reply {
	return Reply{Status: status, Type: TypeJSON, Body: body}
}

// Text is a reply in plain text.
func Text(status int, body string) Reply {
	return Reply{Status: status, Type: TypeText, Body: []byte(body)}
}

// Empty is a reply without a body.
func Empty(status int) Reply { return Reply{Status: status} }

// Problem is an error in JSON (edge 9.1).
func Problem(status int, detail string, causes ...string) Reply {
	return Reply{Status: status, Detail: detail, Causes: causes}
}

// Unauthorized is a 401 in JSON.
func Unauthorized(detail string, causes ...string) Reply {
	return Problem(http.StatusUnauthorized, detail, causes...)
}

// BadRequest is a 400 in JSON.
func BadRequest(detail string, causes ...string) Reply {
	return Problem(http.StatusBadRequest, detail, causes...)
}

// Content returns the body and its type as they are sent.
func (r *Reply) Content() (body []byte, contentType string) {
	if r.Detail == "" {
		return r.Body, r.Type
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	// Strings always encode; invalid UTF-8 becomes U+FFFD.
	_ = enc.Encode(struct {
		Detail string   `json:"detail"`
		Causes []string `json:"causes,omitempty"`
	}{r.Detail, r.Causes})
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), TypeJSON
}
