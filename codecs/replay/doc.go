// Package replay is the payload of replay_video items: one msgpack value that carries a replay event, its recording and a video (items 8.1).
//
// It knows the container and nothing about what is inside; events are normalized and recordings scrubbed elsewhere. Invariant: the parts of a
// Video are slices of the payload that was parsed, but those that were sent as lists of numbers.
package replay
