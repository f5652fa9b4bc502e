// Package span knows the two forms of spans: version 1, as transactions and old span items have them, and version 2, which consumers read; and
// the message of the topic spans (items 12.4, 12.5, 13.1).
//
// It converts, names and writes. It must not know a project's config, a quota or a topic. Invariant: a converted span shares texts with the
// span that it was made of and never changes it.
package span
