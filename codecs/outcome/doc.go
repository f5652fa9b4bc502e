// Package outcome is the vocabulary of accounting: data categories, outcome ids, reasons, quantities,
// and the JSON message of the outcomes topics (pipeline 4, 7.6).
//
// It knows no rule about what a dropped item counts for; that is processors/admission. Invariant:
// every category of the contract has its wire name and number here, once.
package outcome
