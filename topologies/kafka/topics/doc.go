// Package topics creates and checks declared topics: weir's own with their settings, the operator's only when they
// are missing and then with the broker's defaults.
//
// It knows nothing about what topics hold; topologies declare them. Invariant: it never changes or deletes a topic
// that exists.
package topics
