// Package stage gives goka callbacks a safe shape and an asynchronous, ordered, batched step per source
// partition, so that one round trip to a store serves many messages.
//
// It knows nothing about what messages mean. Invariant: a message ends exactly once, and it ends well only when
// the batch function has succeeded and every output of the message and of its batch is acknowledged.
package stage
