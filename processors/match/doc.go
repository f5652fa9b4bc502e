// Package match holds what several rules match with: the glob dialect (filters 6), conditions and the fields of events they name
// (filters 7), networks and addresses (filters 4.5), sources of origins and CSP reports (filters 4.6, edge 10.3), releases (filters 7.4).
//
// It knows texts and values, not which filter or check asks. Everything is compiled once and matches in time linear in its input.
// Invariant: matching never fails; what cannot be compiled is told at compile time.
package match
