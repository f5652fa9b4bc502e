// Package pipeline is the goka group that every envelope goes through once (house 1.5): raw and released in, the operator's
// topics, outcomes, ledger, dead letters, parked and rate limits out.
//
// It owns the way of records: decoding, looking up what is known, running the chain over a batch, aggregating outcomes, and what
// happens when something cannot be delivered. What a rule decides is the chain's business. Invariant: for every input offset the
// ledger gets exactly one end, in the same commit as the outputs, and no input stops a partition.
package pipeline
