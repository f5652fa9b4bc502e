// Package projects knows what the pipeline may do for a key: it fetches project states and the global config from
// sources, keeps them in the compacted projects table, and serves them to every process from a decoded view
// (pipeline 3.4 to 3.8).
//
// It owns batching, back-off, expiry, the removal of rows and which source is asked first. It must not know what a config means, nor HTTP or
// Redis: sources are joined in cmd. Invariant: an answer that is pending, unparsable or late never replaces a usable
// state, and a state is parsed once per revision in a process.
package projects
