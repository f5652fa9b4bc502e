// Package project is the typed form of project states and of the global config (pipeline 3), strict and
// lenient exactly where the contract says so, and the limited and full views that are served downstream.
//
// It owns parsing, defaults and re-serving; it applies no rule. Invariant: a State is immutable once parsed; what rules
// compile from it hangs on it by Memo and dies with it.
package project
