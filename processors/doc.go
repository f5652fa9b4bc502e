// Package processors is the contract between the rules of weir: the unit of work, the verdict about it,
// and the step that gives one. The packages below it hold one family of rules each.
//
// Steps see no Kafka, no clock, no logger and no other step; time is a member of the facts. What a
// client did wrong is a Verdict, never an error. Invariant: every item of a unit ends exactly once.
package processors
