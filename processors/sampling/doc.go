// Package sampling decides by the dynamic sampling rules of projects which transactions and spans are kept, and tells error events whether
// their trace was (items 18). It draws no random numbers: the decision follows from the id of the event or trace, so that every part of a
// trace is treated alike.
//
// It knows rules and units, no quota and no topic. Invariant: a project without a usable `sampling` object loses nothing.
package sampling
