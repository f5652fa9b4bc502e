// Package casefile reads the case files of tests: JSON documents, and files with a JSON document on each line, plain or compressed.
//
// It knows no format of cases. It serves tests alone. Invariant: a file that cannot be read, or holds nothing, ends its test: no case is left
// out in silence.
package casefile
