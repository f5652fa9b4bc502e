// Package raw is the form of records on the raw, released and parked topics: one envelope with what
// the edge knew about its request.
//
// The record's key is the envelope's event id in 32 hex digits, or else the receipt id in its hyphenated form. Its value is the
// envelope with the merged header of edge 4.3 (so that replay sees one format), or, for an envelope of more than 900 kB, a manifest
// of the chunks in blobs as JSON (house 1.3). Facts that are not part of an envelope travel as record headers (see version).
//
// Decoding is total: what cannot be read becomes a Record with Err, which the pipeline turns into a dead letter.
package raw
