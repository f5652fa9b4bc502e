// Package memory is the quota store of a single process: the semantics of the Redis script without Redis (pipeline 5.5, last
// paragraph), for embedded mode and tests.
//
// It has no clock: the time comes with each check. Counters are lost with the process. Invariant: a check sees and changes
// its counters atomically, because all keys of an organization live in one shard.
package memory
