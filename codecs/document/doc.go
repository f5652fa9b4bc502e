// Package document is the second form of the operator's messages (weir.output.format: json): one JSON document per item, with what its envelope
// said and the steps that it went through, for readers that are not Sentry's consumers.
//
// It makes a document of a finished message of codecs/ingest, so that both forms tell the same; it knows msgpack, the protobuf of trace items
// and JSON, no rule and no topic name. The files in schema describe each type of document as JSON Schema (draft 2020-12); tests hold that
// every document of real traffic is valid. Invariant: bytes are base64 where the schema says so, and JSON everywhere else.
package document
