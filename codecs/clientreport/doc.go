// Package clientreport is the payload of client_report items: what an SDK or a downstream relay discarded itself (pipeline 8,
// items 6.3).
//
// It owns parsing; which entries become outcomes, and when, is decided by processors. Invariant: a report parses as a whole
// or not at all.
package clientreport
