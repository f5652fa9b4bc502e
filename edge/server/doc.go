// Package server is what every HTTP request goes through before and after its handler: connections, path
// normalisation, routing, panic guard, common headers, content encodings, CORS (edge 1, 2), and the
// graceful end of it all (edge 14).
//
// It knows no endpoint: routes are handed in. Invariant: a request whose header was read gets an answer, also
// during shutdown and after a panic.
package server
