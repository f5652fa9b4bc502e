package downstream

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/signature"
	"weir/edge"
	"weir/edge/body"
	"weir/edge/upstream"
)

// maxAgeRegister is how old the requests of a handshake and its token may be.
const maxAgeRegister = time.Minute

// registration has the members of both requests (edge 12.3).
type registration struct {
	RelayID   string `json:"relay_id"`
	PublicKey string `json:"public_key"`
	Token     string `json:"token"`
	Version   string `json:"version"`
}

// read reads one request of the handshake.
func (a *API) read(x *edge.Exchange) (r registration, id envelope.EventID, data []byte, problem edge.Reply) {
	buf, err := body.Read(x.R, maxBody, a.Budget)
	switch {
	case errors.Is(err, body.ErrTooLarge):
		return r, id, nil, edge.Text(http.StatusRequestEntityTooLarge, "length limit exceeded")
	case err != nil:
		return r, id, nil, unreadable(err)
	}
	defer buf.Free()
	data = append(data, buf.B...)
	if err = json.Unmarshal(data, &r); err == nil {
		id, err = envelope.ParseEventID(r.RelayID)
	}
	if err == nil {
		_, err = upstream.ParseVersion(r.Version)
	}
	if err != nil {
		return r, id, nil, edge.BadRequest("invalid JSON data", err.Error())
	}
	return r, id, data, edge.Reply{}
}

// challenge is R22 where weir is the root.
func (a *API) challenge(x *edge.Exchange) edge.Reply {
	r, id, data, problem := a.read(x)
	if problem.Status != 0 {
		return problem
	}
	key, err := signature.ParsePublicKey(r.PublicKey)
	if err != nil {
		return edge.BadRequest("invalid JSON data", "public_key: "+err.Error())
	}
	if problem := a.verifyRegistration(x, key, data); problem.Status != 0 {
		return problem
	}
	// Only relays that the operator has listed may register.
	if known, ok := a.Config.Static[id]; !ok || known.Key != key {
		return edge.Problem(http.StatusForbidden, "relay is not allowed to register")
	}
	var random [64]byte
	rand.Read(random[:]) // never fails
	token, err := tokenState{x.ReceivedAt.Unix(), id.Hyphenated(), key.String(), base64.RawURLEncoding.EncodeToString(random[:])}.text(a.Config.Secret)
	if err != nil {
		return edge.Problem(http.StatusInternalServerError, "internal error")
	}
	return reply(struct {
		RelayID string `json:"relay_id"`
		Token   string `json:"token"`
	}{id.Hyphenated(), token})
}

// response is R23 where weir is the root.
func (a *API) response(x *edge.Exchange) edge.Reply {
	r, id, data, problem := a.read(x)
	if problem.Status != 0 {
		return problem
	}
	state, err := openToken(r.Token, a.Config.Secret, x.ReceivedAt, maxAgeRegister)
	if err != nil {
		return edge.Unauthorized("invalid register token", err.Error())
	}
	key, err := signature.ParsePublicKey(state.PublicKey)
	if err != nil {
		return edge.Unauthorized("invalid register token", err.Error())
	}
	if problem := a.verifyRegistration(x, key, data); problem.Status != 0 {
		return problem
	}
	// The MAC does not cover the id in the body.
	if id.Hyphenated() != state.RelayID {
		return edge.Unauthorized("the relay id is not that of the token")
	}
	return reply(struct {
		RelayID string `json:"relay_id"`
	}{id.Hyphenated()})
}

func (a *API) verifyRegistration(x *edge.Exchange, key signature.PublicKey, data []byte) edge.Reply {
	text, ok := singleHeader(x.R, "X-Sentry-Relay-Signature")
	if !ok {
		return edge.Unauthorized("missing header: x-sentry-relay-signature")
	}
	return verify(key, text, data, x.ReceivedAt, maxAgeRegister)
}

func reply(v any) edge.Reply {
	b, err := json.Marshal(v)
	if err != nil {
		return edge.Problem(http.StatusInternalServerError, "internal error")
	}
	return edge.JSON(http.StatusOK, b)
}
