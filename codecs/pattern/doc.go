// Package pattern is the text form of the glob dialect of filters 6: parsing into tokens and printing in normalised form.
//
// It does not match; that is processors/match. Project configs need the normalised text when they are served again, so the syntax
// lives beside them. Invariant: the text of a parsed pattern parses to an equal pattern, and equal texts mean equal patterns.
package pattern
