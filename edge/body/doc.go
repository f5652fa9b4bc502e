// Package body reads request bodies: content encodings, size limits, and pooled memory under one budget.
//
// It knows no endpoint and no status code. Invariant: never more than one byte beyond the caller's limit is decoded,
// and all buffers together never hold more than the budget allows, whatever arrives (edge 2.7, 2.9).
package body
