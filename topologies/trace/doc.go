// Package trace finds an envelope by an id on the topics that weir writes, and gathers what happened to it (cli.md, weir trace): where it
// waited, what the ledger says, dead letters, and where its messages are.
//
// It owns where to look and in which order: by the key that says the partition first, newest time first. It must not judge: what the steps
// would do now is the chain's matter. Invariant: it only reads, without a consumer group.
package trace
