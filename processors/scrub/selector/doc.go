// Package selector is the language that says which values of a document a PII rule is applied to (scrub 5): parsing,
// canonical text, order, and matching against the path of a value.
//
// It knows paths, types and sensitivities, no documents and no rules. A Set compiles many selectors at once, specialised by the
// sensitivity and the last key of a path, so that a walk asks one table per value.
// Invariant: Parse accepts what its own canonical text says, and equal texts are equal selectors.
package selector
