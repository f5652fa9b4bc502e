package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"weir/edge"
	"weir/edge/body"
)

const (
	maxSegments = 12 // more than any route has
	// A refused request may still be sending. Reading on lets the client see the answer instead of a reset.
	drainBytes = 32 << 20
	drainTime  = 2 * time.Second
	// progress is how many bytes of a body go by between two looks at the clock; a longer answer has a deadline of its own.
	progress = 64 << 10
)

// Config is what a Router needs to know.
type Config struct {
	Product  string       // value of the Server header, such as weir/1.0.0
	Fallback edge.Handler // answers what no route matches (edge 1.4); nil: 404
	// BodyTimeout and MinRate (bytes per second) bound the time of a body: it must arrive within the timeout and the time that its bytes so far
	// take at the rate. An answer must be read likewise. The timeout is that of Connections; with 0 for one of them nothing is extended.
	BodyTimeout time.Duration
	MinRate     int64
	Metrics     *Metrics // nil: none
	Now         func() time.Time
	Log         *slog.Logger
}

// Router answers requests by the table of routes it was made of.
type Router struct {
	cfg     Config
	product []string
	routes  []route
	none    *routeMetrics // of what no route matches
	quiet   quiet
}

type route struct {
	edge.Route
	segments []string
	open     bool // the path ended in "*": more segments may follow
	allow    string
	metrics  *routeMetrics
}

// NewRouter compiles the table. Of several routes that match a path the first one answers, so "/api/relay/*" stands before
// "/api/{}/store/".
func NewRouter(cfg Config, routes ...edge.Route) (*Router, error) {
	rt := &Router{cfg: cfg, product: []string{cfg.Product}, none: cfg.Metrics.route("none")}
	for _, r := range routes {
		c := route{Route: r, segments: strings.Split(strings.TrimPrefix(r.Path, "/"), "/")}
		if !strings.HasPrefix(r.Path, "/") || len(c.segments) > maxSegments || strings.Count(r.Path, "{}") > edge.MaxParams || r.Handle == nil {
			return nil, fmt.Errorf("route %q: not a path of at most %d segments and %d parameters with a handler", r.Path, maxSegments, edge.MaxParams)
		}
		allow := slices.Clone(r.Methods)
		if slices.Contains(allow, http.MethodGet) {
			allow = append(allow, http.MethodHead)
		}
		c.allow = strings.Join(allow, ", ")
		if last := len(c.segments) - 1; c.segments[last] == "*" {
			c.segments, c.open = c.segments[:last], true
		}
		c.metrics = cfg.Metrics.route(r.Path)
		rt.routes = append(rt.routes, c)
	}
	return rt, nil
}

// ServeHTTP runs the pipeline of edge 2.
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := edge.Exchange{W: w, R: r, ReceivedAt: rt.cfg.Now()}
	if status := malformed(r); status != 0 {
		w.Header()["Connection"] = headerClose
		w.WriteHeader(status)
		return
	}
	match, decoded := rt.match(&x)
	h := w.Header()
	h["Server"] = rt.product
	h["Cross-Origin-Resource-Policy"] = headerCrossOrigin
	var reply edge.Reply
	enc, ok := contentEncoding(r.Header)
	switch {
	case !decoded:
		reply = edge.Text(http.StatusBadRequest, "the path is not valid percent-encoding")
	case !ok:
		h["Accept-Encoding"] = headerAcceptEncoding
		reply = edge.Empty(http.StatusUnsupportedMediaType)
	default:
		reply = rt.handle(&x, match, enc)
	}
	if !reply.Done {
		rt.send(&x, reply)
	}
	rt.log(&x, &reply)
	metrics := rt.none
	if match != nil {
		metrics = match.metrics
	}
	metrics.answered(reply.Status, rt.cfg.Now().Sub(x.ReceivedAt))
}

// handle lets the handler answer, with a decoded body, and reads on where it has not read everything.
func (rt *Router) handle(x *edge.Exchange, match *route, enc body.Encoding) edge.Reply {
	declared := x.R.ContentLength
	rd := body.Wrap(x.R, enc)
	defer rd.Finish()
	if (declared < 0 || declared > progress) && rt.cfg.BodyTimeout > 0 && rt.cfg.MinRate > 0 {
		rd.Progress(progress, func(n int64) {
			_ = http.NewResponseController(x.W).SetReadDeadline(x.ReceivedAt.Add(rt.allowance(n))) // without deadlines there is none to extend
		})
	}
	reply := rt.answer(x, match)
	if !rd.AtEnd() {
		_ = http.NewResponseController(x.W).SetReadDeadline(rt.cfg.Now().Add(drainTime))
		if !rd.Drain(drainBytes) && !reply.Done {
			x.W.Header()["Connection"] = headerClose
		}
	}
	return reply
}

// allowance is how long the transfer of n bytes may take.
func (rt *Router) allowance(n int64) time.Duration {
	return rt.cfg.BodyTimeout + time.Duration(float64(n)/float64(rt.cfg.MinRate)*float64(time.Second))
}

// send writes a reply. A long one must be read in time: it is in memory until then.
func (rt *Router) send(x *edge.Exchange, reply edge.Reply) {
	if len(reply.Body) <= progress || rt.cfg.BodyTimeout == 0 || rt.cfg.MinRate == 0 {
		write(x, reply)
		return
	}
	c := http.NewResponseController(x.W)
	_ = c.SetWriteDeadline(rt.cfg.Now().Add(rt.allowance(int64(len(reply.Body)))))
	write(x, reply)
	_ = c.Flush()
	_ = c.SetWriteDeadline(time.Time{})
}

// answer calls the handler; whatever it does, there is a reply.
func (rt *Router) answer(x *edge.Exchange, match *route) (reply edge.Reply) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler: // net/http's way to break a connection off
			panic(p)
		default:
			rt.cfg.Log.Error("panic in a handler", "path", x.R.URL.Path, "panic", p, "stack", string(debug.Stack()))
			reply = edge.Problem(http.StatusInternalServerError, "internal error")
		}
	}()
	if match == nil {
		if rt.cfg.Fallback == nil {
			return edge.Empty(http.StatusNotFound)
		}
		return rt.cfg.Fallback(x)
	}
	if match.CORS {
		if x.R.Method == http.MethodOptions {
			preflight(x.W.Header())
			return edge.Reply{Status: http.StatusOK, Allow: match.allow}
		}
		cors(x.W.Header())
	}
	if !match.answers(x.R.Method) {
		return edge.Reply{Status: http.StatusMethodNotAllowed, Allow: match.allow}
	}
	return match.Handle(x)
}

func (r *route) answers(method string) bool {
	if len(r.Methods) == 0 {
		return true
	}
	if method == http.MethodHead {
		method = http.MethodGet
	}
	return slices.Contains(r.Methods, method)
}

// match finds the route of the request and fills in the parameters. It is false when the path cannot be decoded.
func (rt *Router) match(x *edge.Exchange) (*route, bool) {
	u := x.R.URL
	// A path is matched as it came: "%2F" does not separate, and "%61pi" is not "api". RawPath is set where
	// decoding loses something.
	path, encoded := u.Path, false
	if u.RawPath != "" {
		path, encoded = u.RawPath, true
	}
	if strings.Contains(path, "//") {
		path = collapse(path)
		if u.Path = collapse(u.Path); encoded {
			u.RawPath = path
		}
	}
	if !strings.HasPrefix(path, "/") {
		return nil, true
	}
	var parts [maxSegments]string
	n, rest, more := 0, path[1:], true
	for ; more && n < maxSegments; n++ {
		parts[n], rest, more = strings.Cut(rest, "/")
	}
	for i := range rt.routes {
		r := &rt.routes[i]
		if (n == len(r.segments) && !more || r.open && n > len(r.segments) && parts[len(r.segments)] != "") && r.matches(parts[:len(r.segments)], x) {
			return r, decodeParams(x, encoded)
		}
	}
	return nil, true
}

func (r *route) matches(parts []string, x *edge.Exchange) bool {
	param := 0
	for i, s := range r.segments {
		switch {
		case s == "{}" && parts[i] != "":
			x.Params[param] = parts[i]
			param++
		case s != parts[i]:
			return false
		}
	}
	return true
}

func decodeParams(x *edge.Exchange, encoded bool) bool {
	if !encoded {
		return true
	}
	for i, p := range x.Params {
		decoded, err := url.PathUnescape(p)
		if err != nil {
			return false
		}
		x.Params[i] = decoded
	}
	return true
}

// collapse makes one slash of each run of them and touches nothing else (edge 2.1).
func collapse(path string) string {
	var b strings.Builder
	for i := range len(path) {
		if path[i] != '/' || i == 0 || path[i-1] != '/' {
			b.WriteByte(path[i])
		}
	}
	return b.String()
}

// contentEncoding cleans the header up and reads it (edge 2.6, 2.7).
func contentEncoding(h http.Header) (body.Encoding, bool) {
	values := h["Content-Encoding"]
	if len(values) == 0 || strings.EqualFold(values[0], "utf-8") {
		return body.Identity, true
	}
	return body.ParseEncoding(values[0])
}
