// Package processors is the contract between the rules of weir: the unit of work, the verdict about it,
// and the step that gives one. The packages below it hold one family of rules each.
//
// Steps see no Kafka, no clock, no logger and no other step; time is a member of the facts. What a
// client did wrong is a Verdict, never an error. Invariant: every item of a unit ends exactly once.
//
// Containers (span v2, log, trace metric, OTLP, NEL) are replaced by their members: derived items that carry a Record and have the
// quantities of one element each. Filter, scrub and quota look at members alone, for outcomes and the ledger only members count, the container
// itself has no quantities and ends with them. The envelope's own items are what conservation counts.
// The steps of these kinds are: open (gate, parse, sampling, normalize) - filter - scrub - finish (derived fields, schema) - quota - route.
// Spans of a transaction derive from it after its quotas; only route sees them.
package processors
