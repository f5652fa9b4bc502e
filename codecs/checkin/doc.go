// Package checkin is the payload of check_in items: parsing, the form that consumers read, and the routing key of a monitor
// (pipeline 11, items 5).
//
// It owns the rules of the payload itself; quotas and topics are the business of processors. Invariant: what Parse accepts, AppendTo
// writes in the order of the contract, and parsing that again gives the same bytes.
package checkin
