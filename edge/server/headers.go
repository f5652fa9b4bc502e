package server

import (
	"net/http"
	"strconv"

	"weir/edge"
	"weir/edge/body"
)

// Header values that never change, shared by all responses. Nothing may write to them.
var (
	headerCrossOrigin    = []string{"cross-origin"}
	headerAcceptEncoding = []string{body.Accepted}
	headerClose          = []string{"close"}
	headerAny            = []string{"*"}
	headerExpose         = []string{"x-sentry-error,x-sentry-rate-limits,retry-after"}
	headerVary           = []string{"origin, access-control-request-method, access-control-request-headers"}
	headerAllowMethods   = []string{"POST"}
	headerAllowHeaders   = []string{"x-sentry-auth,x-requested-with,x-forwarded-for,origin,referer,accept,content-type,authentication,authorization,content-encoding,transfer-encoding"}
	headerMaxAge         = []string{"3600"}
	headerJSON           = []string{edge.TypeJSON}
	headerText           = []string{edge.TypeText}
)

// cors adds the headers of every response to an ingestion request (edge 1.3).
func cors(h http.Header) {
	h["Access-Control-Allow-Origin"] = headerAny
	h["Access-Control-Expose-Headers"] = headerExpose
	h["Vary"] = headerVary
}

// preflight adds the headers of the answer to OPTIONS, whatever was asked (edge 1.3).
func preflight(h http.Header) {
	h["Access-Control-Allow-Origin"] = headerAny
	h["Access-Control-Allow-Methods"] = headerAllowMethods
	h["Access-Control-Allow-Headers"] = headerAllowHeaders
	h["Access-Control-Max-Age"] = headerMaxAge
	h["Vary"] = headerVary
}

// write sends a reply.
func write(x *edge.Exchange, reply edge.Reply) {
	content, contentType := reply.Content()
	h := x.W.Header()
	switch contentType {
	case "":
	case edge.TypeJSON:
		h["Content-Type"] = headerJSON
	case edge.TypeText:
		h["Content-Type"] = headerText
	default:
		h["Content-Type"] = []string{contentType}
	}
	if reply.Allow != "" {
		h["Allow"] = []string{reply.Allow}
	}
	if reply.RetryAfter != "" {
		h["Retry-After"] = []string{reply.RetryAfter}
	}
	if reply.RateLimits != "" {
		h["X-Sentry-Rate-Limits"] = []string{reply.RateLimits}
	}
	if len(content) > compressAbove {
		content = compress(x, content)
		h["Content-Length"] = []string{strconv.Itoa(len(content))}
	}
	x.W.WriteHeader(reply.Status)
	if len(content) > 0 {
		_, _ = x.W.Write(content) // a client that is gone has its answer in vain
	}
}
