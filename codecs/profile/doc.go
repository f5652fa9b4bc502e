// Package profile is the payload of profile and profile_chunk items in the three formats that SDKs send: samples of a transaction (version 1),
// samples of a continuous profile (version 2), and Android traces (items 9.3).
//
// It reads a payload by tables of members (sample.go, chunk.go, android.go), which one interpreter walks (shape.go), drops what no consumer can
// use and writes the members of the contract. It knows no transaction beyond the values of Transaction, no quota, no size. Invariant: a payload
// that was written is accepted again and written the same, unless a measurement was no finite number (null then).
//
// Android traces are checked and forwarded as they are; consumers decode them.
package profile
