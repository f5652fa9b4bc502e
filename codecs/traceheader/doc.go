// Package traceheader reads the `trace` member of an envelope header: what an SDK says about the trace that all items of the envelope belong
// to (items 18.1). Spans and dynamic sampling decide by it.
//
// It knows no project and no rule. Invariant: a header that is not of the required form is absent, never half read.
package traceheader
