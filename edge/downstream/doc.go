// Package downstream is the relay API that weir itself serves to relays below it: project configs, public keys, and
// registration where weir is the root (edge 12.2, 12.3, 12.5, 12.6).
//
// It serves from the projects view and never waits for a config. Invariant: nothing is told to a caller whose signature over the
// exact decoded body was not verified with the key that its relay id is known by.
package downstream
