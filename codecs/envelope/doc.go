// Package envelope reads and writes Sentry envelopes (edge 4.2, 5, 6): one pass over the bytes, payloads
// are slices of the input and never copied, unknown header members survive.
//
// It knows the form of envelopes and item headers, not what an item means or whether it is allowed.
// Invariant: Parse(b) followed by AppendTo gives an envelope that parses to the same header and items.
package envelope
