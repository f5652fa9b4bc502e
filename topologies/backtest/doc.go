// Package backtest runs the chain over past records of raw twice, with the project config in force and with a proposed one
// (cli.md, weir backtest).
//
// It owns choosing records, their order and both runs; what differs is for the caller to say. Quotas are counted in memory, for each config on
// its own, at the time at which envelopes were received and in the order of these times. Where they do not fit into memory together, slices of the
// time at which they were written follow each other, and the order holds within each. Invariant: it only reads; nothing is written, committed or
// counted anywhere else.
package backtest
