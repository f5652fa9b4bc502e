// Package jsontext reads and writes pieces of JSON text without building documents: the members of one object or array
// with their values as validated text, and the text of strings and numbers.
//
// It is what the codecs of envelope and item headers, outcomes, ledger and limits share; whole events are the
// business of codecs/event. It knows no schema and never allocates for what it only passes on. Invariant: a value that a Reader
// returned is valid JSON (RFC 8259, valid UTF-8, no lone surrogates, at most MaxDepth nested containers), and text that the Append
// functions wrote is read back as the same value.
package jsontext
