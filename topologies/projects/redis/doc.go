// Package redis is a source of project states: the config cache that a Sentry installation keeps in Redis (pipeline 3.5).
//
// It reads keys and revisions and unpacks values; what a state means is codecs/project's business. Invariant: it never
// writes, and a value that cannot be read is left to the next source.
package redis
