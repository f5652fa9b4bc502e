// Package userreport is the payload of user_report items, the older form of user feedback (pipeline 12, items 6.1).
//
// Invariant: what is written has exactly the four members of the contract, in its order.
package userreport
