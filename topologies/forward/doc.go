// Package forward is the goka group that brings envelopes from the forward topic to the upstream.
//
// It owns the order of a project's envelopes, trying again, and what an answer means for the ledger and for rate limits. It must not know
// HTTP: a Sender makes one attempt. Invariant: the offset of a record is committed only when the upstream has answered for it, or when a
// dead letter says why it never will, and the ledger knows.
package forward
