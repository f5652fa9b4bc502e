// Package normalize turns a client's event payload into the canonical event of the ingest topics: schema
// coercion, validation, enrichment, trimming and the report of what was wrong with it (spec: normalize).
//
// The event schema and the value lists are tables in data/, compiled once; one interpreter (coerce, check, trim,
// unknown, report, prune) walks a document by them, and only what the tables cannot say is code in the
// steps. It knows no Kafka, no clock and no HTTP: every fact comes in as Inputs. Invariant: the same
// payload with the same inputs gives the same bytes; nothing of an event is rejected except by validation.
package normalize
