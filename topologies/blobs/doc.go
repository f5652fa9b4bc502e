// Package blobs reads the chunks of large envelopes back (house 1.3), by offset and with plain clients: no group, nothing
// committed, nobody else delayed.
//
// It knows manifests, not envelopes. Invariant: a body that Fetch returns has the length and the hash of its manifest, and
// the bodies in use never exceed the budget, except one that is larger than the budget alone.
package blobs
