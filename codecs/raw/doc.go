// Package raw is the form of records on the raw, released and parked topics: one envelope with what
// the edge knew about its request.
//
// The record's key is the envelope's event id in 32 hex digits, or else the receipt id in its hyphenated form. Its value is the
// envelope with the merged header of edge 4.3 (so that replay sees one format), or, for an envelope of more than 900 kB, a manifest
// of the chunks in blobs as JSON (house 1.3). Facts that are not part of an envelope travel as record headers, version 1:
//
//	v         "1", always first; other versions are not read
//	receipt   receipt id, hyphenated
//	received  start of the request, microseconds since 1970
//	key       public key, 32 characters
//	project   project id of the request; absent when it had none
//	items     number of items
//	discards  JSON list of what the edge dropped; absent when nothing
//	signature X-Sentry-Relay-Signature; absent when there was none
//	trusted   "1" when the request came from a trusted relay (edge 4.4)
//	parked    microseconds since 1970 when the record was parked first
//	replay    id of the replay run
//	manifest  "1" when the value is a manifest
//
// Unknown headers are ignored. Decoding is total: what cannot be read becomes a Record with Err, which the pipeline turns into a dead letter.
package raw
