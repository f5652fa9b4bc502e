// Package signature signs and verifies what relays say to each other: Ed25519 keys as text and the value of
// X-Sentry-Relay-Signature (edge 12.1).
//
// It knows keys, header JSON and ages; who is trusted, and what data a request signs, is the business of the
// callers (edge, processors/admission). Invariant: every text is decoded strictly, so one signature has one spelling.
package signature
