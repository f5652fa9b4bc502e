// Package upstream is the client of the upstream's relay API: registration with a signed handshake, project configs,
// the global config and public keys of other relays (edge 12.1, 12.3, 12.5, 12.6).
//
// It makes single requests and remembers whether the upstream knows us; which keys are asked for, and when again, is the
// business of the callers. Invariant: nothing but the handshake is sent while the upstream does not know us, and nothing at
// all after it told us to stop.
package upstream
