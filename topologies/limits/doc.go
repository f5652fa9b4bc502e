// Package limits is the process-wide view of the rate limits in force (house 4): what the pipeline has learned from quotas, for
// every edge and worker.
//
// It owns the rate-limits topic: one record a limit, the last one counts. It must not know quotas. Invariant: after Learn has
// returned nil, the limits are durable and every reader in this process sees them.
package limits
