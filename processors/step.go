package processors

import (
	"context"

	"weir/codecs/outcome"
)

// Step decides about one unit and may edit it.
type Step func(ctx context.Context, u *Unit) Verdict

// Action is what a verdict does with the rest of a unit.
type Action uint8

// The actions; the zero value keeps.
const (
	ActionKeep Action = iota
	ActionDrop
	ActionDead
)

// Verdict is a step's decision about the whole unit. The zero value keeps it.
type Verdict struct {
	Action  Action
	Outcome outcome.ID     // with ActionDrop
	Reason  outcome.Reason // with ActionDrop and ActionDead
	Silent  bool           // with ActionDrop: the contract writes no outcome; the ledger still counts it
}

// Keep lets the unit go on.
func Keep() Verdict { return Verdict{} }

// Drop ends the unit with an outcome for every item that is left.
func Drop(id outcome.ID, reason outcome.Reason) Verdict {
	return Verdict{Action: ActionDrop, Outcome: id, Reason: reason}
}

// DropSilent ends the unit without an outcome message, where the contract says so.
func DropSilent(id outcome.ID, reason outcome.Reason) Verdict {
	return Verdict{Action: ActionDrop, Outcome: id, Reason: reason, Silent: true}
}

// Dead sends the whole record to dead-letters: weir itself failed, nothing is known to be wrong with the input.
func Dead(reason outcome.Reason) Verdict { return Verdict{Action: ActionDead, Reason: reason} }
