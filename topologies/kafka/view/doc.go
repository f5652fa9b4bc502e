// Package view keeps process-wide, decoded, read-only copies of compacted topics, and tells who asks when a key
// changes or becomes known.
//
// It reads with a plain franz-go consumer: no group, no offsets stored, nothing to rebalance; while the broker is
// away it answers from memory and goes on by itself. Invariant: after Ready every value that was acknowledged
// before Run started is visible, and a key's watchers are called after the value is visible to Get.
package view
