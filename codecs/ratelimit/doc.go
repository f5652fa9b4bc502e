// Package ratelimit is the value of a rate limit: object, set, HTTP header text and the record on the
// rate-limits topic (pipeline 6.1, 6.3; house 4).
//
// It knows neither quotas nor clocks: every function that needs the time gets it.
// Invariant: two limits with the same Key never stand side by side in a Set; the later one wins.
package ratelimit
