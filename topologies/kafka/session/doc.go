// Package session runs one goka consumer-group session (Setup, ConsumeClaim, Cleanup) on records that
// somebody else fetches: delivery queue, contiguous commit watermark and memory bound per partition. The
// group (at-least-once) and eos (transactions) packages are built on it.
//
// It knows nothing about fetching, commits or transactions; hooks tell its owner. Invariant: the watermark of
// a partition never passes a record that is not finished, in whatever order records finish.
package session
