// Package scrub removes personal data from events and attachments: the PII config of a project, the config generated from its
// data scrubbing settings, and the trace that both leave in `_meta` (spec part scrub).
//
// It owns the rule engine: parsing and resolving configs, the builtin rules and patterns, the walk over the event schema with its
// sensitivities, redaction and remarks. Selectors are in selector, the dialect of user patterns is in dialect. Rules, fields
// and attributes are data (folder data). It must not know Kafka, the clock or what happens to the event afterwards.
// Invariant: scrubbing never fails and never rejects; a config that cannot be read is an error before the first event, and
// an event of such a project is never passed on unscrubbed.
package scrub
