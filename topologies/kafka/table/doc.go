// Package table is what goka needs for group tables, without sarama and without disk: an in-memory storage.
//
// It knows nothing about what tables hold. Invariant: a store's offset never goes back.
package table
