// Package ledger is weir's own accounting (house 1.8): for every source offset, what became of the envelope there. One record holds what one
// batch did for one project key and hour; entries group source offsets with equal counts, so that a consumer can apply exactly the
// offsets above its last applied one, whatever is repeated after a crash or cut differently.
//
// It knows counts and coordinates, not what is counted. Invariant: the entries of the records that a Builder makes hold every added offset
// exactly once with exactly its counts; ranges are ascending and do not overlap.
package ledger
