// Package chain joins the steps: it splits an envelope into units, runs each through the chain of its kind and derives
// what every end counts for. It is the only package that imports its siblings; pipeline, replay and try all use it.
//
// It knows no Kafka. Invariant: for every item of the envelope there is exactly one end in the Result, whatever a step does
// (a panic is a dead letter).
package chain
