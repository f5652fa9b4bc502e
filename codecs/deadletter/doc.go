// Package deadletter is the form of records on the dead-letters topic: the record that weir could not process, byte for byte and with
// its coordinates, and why.
//
// The value is one line of compact JSON (version 1), a line feed, and then the original value unchanged, so that people can read it and
// `weir replay --topic dead-letters` gets what was there. It knows no reason's meaning. Invariant: Decode(Encode(l)) equals l, and decoding is
// total over arbitrary bytes.
package deadletter
