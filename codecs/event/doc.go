// Package event is a JSON document whose nodes can carry Sentry's processing metadata (`_meta`): the base
// that normalize, filter and scrub walk and edit (normalize 2, 5).
//
// It knows JSON, paths and metadata, not the event schema. Numbers keep their text until somebody changes them.
// Nodes, member lists and decoded texts live in slabs of their Doc, strings without escapes alias the input: the
// whole document is given back at once with Release. Invariant: parsing is total and bounded (127 nested
// containers, last duplicate key wins, invalid UTF-8 and lone surrogates are errors), and the same document
// always serialises to the same bytes.
package event
