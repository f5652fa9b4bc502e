package delivery

import (
	"weir/codecs/dsn"
	"weir/codecs/envelope"
)

// Envelope is one envelope for an upstream.
type Envelope struct {
	Key      dsn.PublicKey
	Project  dsn.ProjectID
	Header   *envelope.Header
	Body     []byte // the whole envelope
	Upstream string // of the project, an origin URL; empty: the usual one
	// Suspect says that it has failed before although others passed: that it fails again says nothing about the upstream.
	Suspect bool
}

// Answer is what an upstream said about an envelope that it has got.
type Answer struct {
	Status     int
	RateLimits string // all X-Sentry-Rate-Limits lines, joined by commas
	RetryAfter string
}

// Signs is what has been heard of the usual upstream.
type Signs struct {
	Answers bool   // the last request of any kind was answered
	Passed  uint64 // envelopes that it has answered for, ever
}
