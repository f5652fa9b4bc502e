// Package replay puts past records of raw or dead-letters through the chain again, with a consumer of its own: the live group
// is never touched (cli.md, weir replay).
//
// It owns choosing records, repeating the ledger's rate limit verdicts, marking outputs and remembering how far a run has come. A run
// that was interrupted goes on where it stopped when it is started again with the same id; the outputs of the last batch may then appear
// twice, byte for byte alike. Invariant: a dry run writes nothing, and no run counts in the live figures.
package replay
