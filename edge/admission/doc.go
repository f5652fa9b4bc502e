// Package admission is the gate between a parsed envelope and the raw topic: it runs the fast path of edge 10.1 in its order
// with the rules of processors/admission, turns refusals into replies, and writes what is left.
//
// It reads nothing but two in-memory views and never waits for a config. Invariant: for every submitted envelope each
// item either is in a record that the writer acknowledged, or its quantities are in that record's discards or among the
// refusals, or the contract drops it silently (unknown items, sessions, empty envelopes).
package admission
