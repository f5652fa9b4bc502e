// Package instance keeps two live processes from using one WEIR_INSTANCE (house 4). A stable instance name makes a
// killed process's successor take over its partitions and transactions at once; two live processes with one name
// would fence each other for ever.
//
// A holder beats by committing offsets, with a nonce as metadata, for a consumer group of its own that nobody ever
// joins; nothing else in Kafka tells a dead static member from a live one before the session timeout. It knows
// nothing about the groups that the process runs. Invariant: a process that finds another live holder, or loses its
// place to one, gets a *DuplicateError and never takes the name again.
package instance
