// Package otlp reads logs and spans of OpenTelemetry, as JSON and as protobuf, and turns them into the records that containers hold (items 15.1).
//
// It knows the wire forms and the rules of translation, no request and no project. Invariant: both forms of one payload give the same records;
// a payload is read as a whole or refused.
package otlp
