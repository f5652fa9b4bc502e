// Package dsn holds the identities that a Sentry DSN carries: public key, project, organization and
// key id, and the DSN URL itself.
//
// It owns parsing and printing of these and nothing else; what a key may do is the business of
// codecs/project. Invariant: a PublicKey made by ParsePublicKey is 32 ASCII characters (edge 3.2).
package dsn
