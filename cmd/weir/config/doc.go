// Package config reads what an operator wrote: Relay's config.yml and credentials.json as they are, weir's own keys
// below `weir:`, environment variables and flags, into one typed value (edge 15, edge-config.tsv).
//
// It reads files and is given the environment; it opens no connection and applies nothing. Every key carries in its struct tag what
// weir does with it, so that `weir config check` cannot drift from the code. Invariant: a Config that Load returns
// without error is complete and valid.
package config
