// Package session is the payload of session and sessions items and what it turns into: the metrics of release health (pipeline 10, items 4).
//
// It owns parsing, the rules about a payload alone and the extraction; filters and quotas are the business of processors.
// Invariant: a payload parses as a whole or not at all; the same payload gives the same buckets in the same order.
package session
