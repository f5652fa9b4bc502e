// Package inflate decodes DEFLATE, zlib and gzip (RFC 1951, 1950, 1952) from memory to memory: the whole input is there and
// the output goes straight into one slice, which is about twice as fast as a stream decoder with its own window.
//
// It knows no HTTP and no pools. Invariant: never more than the caller's limit is decoded, whatever the input, and what it accepts the
// standard library decodes to the same bytes.
package inflate
