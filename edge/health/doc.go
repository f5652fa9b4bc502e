// Package health answers whether the process lives, is ready, and has memory left (edge 13): probes that run in the background,
// the memory of container or host, and the endpoints that show them.
//
// It knows no probe but memory; cmd hands in the others. Invariant: an answer never waits for a probe, and a result that
// is too old counts as bad.
package health
