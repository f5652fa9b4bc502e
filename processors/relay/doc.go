// Package relay is the last step of units that go on to an upstream instead of Kafka: what is left of them is accepted, and events are
// written back into their items (edge 12.9, normalize 1.4).
//
// It also keeps what only relays may count from travelling under our name. It owns the form in which an item travels on. It must not know where it goes. Invariant: an item that nothing has changed keeps its bytes
// and its unknown header members.
package relay
