// Package forward is the goka group that brings envelopes from the forward topic to the upstream.
//
// It owns the order of a project's envelopes, trying again, and what an answer means for the ledger and for rate limits. It must not know
// HTTP: a Sender makes one attempt. What fails although others pass is set aside, on a topic with a group of its own, and loses its place.
// Invariant: the offset of a record is committed only when the upstream has answered for it, when it is on the topic of what was set aside,
// or when a dead letter says why it never will arrive, and the ledger knows.
package forward
