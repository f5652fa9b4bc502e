// Package admission decides about whole envelopes before anything is parsed: what items count for (pipeline 6.4), project
// checks (pipeline 3.9, edge 10.3), cached rate limits and zero quotas (pipeline 6.5, edge 10.4), sizes and counts (edge 7.1).
//
// The edge runs it for every request and maps the answer to HTTP; the chain runs the same functions again at dequeue. It looks
// at item headers and lengths only (and at the number of a limited transaction's spans), counts nothing and does no I/O.
// Invariant: an item is removed at most once over both runs, and each removed quantity is reported by the run that removes it.
package admission
