// Package outcomes keeps what the ledger says in a table: counters by project key, hour, category, outcome and reason, with the
// last applied offset of every source (house 1.8), and sums them up for `weir status`.
//
// It owns adding up; what counts as what was decided by the pipeline. Invariant: whatever the ledger repeats after a crash,
// every source offset is counted once; what came twice is counted as repeated.
package outcomes
