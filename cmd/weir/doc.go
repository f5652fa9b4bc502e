// Package main is the command weir: one file a subcommand, which turns flags, environment and files into values and wires the
// parts together.
//
// It alone reads the environment and the clock, and it alone knows both edge and topologies: stack.go has what every process shares,
// groups.go the consumer groups, edgewire.go the HTTP edge, dev.go all of it with an embedded broker.
package main
