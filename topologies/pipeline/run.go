package pipeline

import (
	"context"
	"fmt"
	"runtime/debug"

	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/processors/chain"
)

// Reasons of dead letters that the pipeline itself gives.
const (
	ReasonUndecodable outcome.Reason = "undecodable" // the record, or the envelope in it, cannot be read
	ReasonPanic       outcome.Reason = "step_panic"  // a bug outside of any step
	ReasonBlobLost    outcome.Reason = "blob_lost"   // the chunks of a large envelope are gone
	ReasonTimestamp   outcome.Reason = "timestamp"   // its key was not known until it was too old
)

// RunChain parses the body of in.Record and runs the chain over it. It is total: what cannot be parsed, and a panic anywhere,
// becomes a Result whose Dead names the whole record.
func RunChain(ctx context.Context, c Chain, in chain.Input) (res chain.Result) {
	defer func() {
		if p := recover(); p != nil {
			res = deadResult(in, ReasonPanic, fmt.Sprintf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	if in.Envelope == nil {
		e, err := envelope.Parse(in.Record.Body)
		if err != nil {
			return deadResult(in, ReasonUndecodable, "parse envelope: "+err.Error())
		}
		in.Envelope = e
	}
	return c.Run(ctx, in)
}

// deadResult ends a whole record as a dead letter.
func deadResult(in chain.Input, reason outcome.Reason, detail string) chain.Result {
	n := uint64(max(in.Record.Items, 1))
	return chain.Result{
		Items: chain.Items{Received: n, Dead: n},
		Dead:  []chain.Dead{{Unit: -1, Step: "pipeline", Reason: reason, Detail: detail}},
	}
}
