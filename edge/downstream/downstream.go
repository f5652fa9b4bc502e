package downstream

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/project"
	"weir/codecs/signature"
	"weir/edge"
	"weir/edge/body"
)

// maxBody bounds the requests of this API, in bytes.
const maxBody = 262_144

// ErrBusy says that relays cannot be looked up now.
var ErrBusy = errors.New("internal system is overloaded")

// Relays finds other relays than the static ones; it may ask the upstream and wait.
type Relays interface {
	// Relay returns ok false for an id that nobody knows, and ErrBusy when nobody can tell.
	Relay(ctx context.Context, id envelope.EventID) (r edge.Relay, ok bool, err error)
}

// Globals is the view of the global config.
type Globals interface {
	Global() (*project.Global, bool)
}

// Config is what the operator sets about the relay API.
type Config struct {
	Static             map[envelope.EventID]edge.Relay // auth.static_relays
	SignatureMaxAge    time.Duration                   // auth.signature_max_age
	AdvertisedUpstream string                          // relay.advertised_upstream, empty: none
	// Secret protects the tokens of the registration handshake where weir is the root. Empty: registrations are forwarded.
	Secret []byte
}

// API has the endpoints. Projects and Globals are needed; without Relays only static relays are known; what Forward and Fallback are
// not there for answers 404.
type API struct {
	Config   Config
	Projects edge.Projects
	Globals  Globals
	Relays   Relays
	Forward  edge.Handler // takes registrations where weir is not the root
	Fallback edge.Handler // takes newer versions of R20 (edge 12.5)
	Writer   edge.Writer  // takes the metrics of R25; nil: the endpoint is not there
	Now      func() time.Time
	Log      *slog.Logger // needed with Writer
	Budget   *body.Budget

	metricsTaken repeats
}

// Routes returns R20 to R23 and R25.
func (a *API) Routes() []edge.Route {
	post := []string{http.MethodPost}
	challenge, response := a.challenge, a.response
	if len(a.Config.Secret) == 0 {
		challenge, response = pass(a.Forward), pass(a.Forward)
	}
	routes := []edge.Route{
		{Path: "/api/0/relays/projectconfigs/", Methods: post, Handle: a.projectConfigs},
		{Path: "/api/0/relays/publickeys/", Methods: post, Handle: a.publicKeys},
		{Path: "/api/0/relays/register/challenge/", Methods: post, Handle: challenge},
		{Path: "/api/0/relays/register/response/", Methods: post, Handle: response},
	}
	if a.Writer != nil {
		routes = append(routes, edge.Route{Path: "/api/0/relays/metrics/", Methods: post, Handle: a.metrics})
	}
	return routes
}

// pass is h, or 404 without it.
func pass(h edge.Handler) edge.Handler {
	if h == nil {
		return func(*edge.Exchange) edge.Reply { return edge.Empty(http.StatusNotFound) }
	}
	return h
}

// relay finds a relay by id: static ones first.
func (a *API) relay(ctx context.Context, id envelope.EventID) (edge.Relay, bool, error) {
	if r, ok := a.Config.Static[id]; ok {
		return r, true, nil
	}
	if a.Relays == nil {
		return edge.Relay{}, false, nil
	}
	return a.Relays.Relay(ctx, id)
}

// signed checks a signed request in the order of edge 12.2 and returns the caller and the body, which the caller frees.
func (a *API) signed(x *edge.Exchange) (edge.Relay, *body.Buffer, edge.Reply) {
	return a.signedWithin(x, maxBody)
}

// signedWithin is signed for bodies up to a limit in bytes.
func (a *API) signedWithin(x *edge.Exchange, limit int64) (edge.Relay, *body.Buffer, edge.Reply) {
	refuse := func(r edge.Reply) (edge.Relay, *body.Buffer, edge.Reply) { return edge.Relay{}, nil, r }
	value, ok := singleHeader(x.R, "X-Sentry-Relay-Id")
	if !ok {
		return refuse(edge.Unauthorized("missing header: x-sentry-relay-id"))
	}
	id, err := envelope.ParseEventID(value)
	if err != nil {
		return refuse(edge.Unauthorized("malformed header: x-sentry-relay-id"))
	}
	caller, known, err := a.relay(x.R.Context(), id)
	switch {
	case err != nil:
		return refuse(edge.Problem(http.StatusServiceUnavailable, ErrBusy.Error()))
	case !known:
		return refuse(edge.Unauthorized("unknown relay id"))
	}
	text, ok := singleHeader(x.R, "X-Sentry-Relay-Signature")
	switch {
	case !ok:
		return refuse(edge.Unauthorized("missing header: x-sentry-relay-signature"))
	case !edge.Visible(text):
		return refuse(edge.Unauthorized("malformed header: x-sentry-relay-signature"))
	}
	buf, err := body.Read(x.R, limit, a.Budget)
	if err != nil {
		return refuse(unreadable(err))
	}
	if problem := verify(caller.Key, text, buf.B, x.ReceivedAt, a.Config.SignatureMaxAge); problem.Status != 0 {
		buf.Free()
		return refuse(problem)
	}
	return caller, buf, edge.Reply{}
}

func singleHeader(r *http.Request, canonical string) (string, bool) {
	values := r.Header[canonical]
	if len(values) == 0 {
		return "", false
	}
	return values[0], true
}

func unreadable(err error) edge.Reply {
	if errors.Is(err, body.ErrNoMemory) {
		return edge.Problem(http.StatusServiceUnavailable, "the service is overloaded")
	}
	return edge.BadRequest("failed to buffer the request body", err.Error())
}

func verify(key signature.PublicKey, text string, data []byte, at time.Time, maxAge time.Duration) edge.Reply {
	if err := key.Verify(text, data, at, maxAge); err != nil {
		return edge.Unauthorized("invalid relay signature", err.Error())
	}
	return edge.Reply{}
}
