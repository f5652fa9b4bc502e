// Package redis is the quota store on Redis, shared with other weir processes and with Sentry: keys, arithmetic and expiry
// are pipeline 5.4 and 5.5, one atomic script call for each check.
//
// Checks that wait are gathered into one pipelined round trip: whatever arrived while the last one ran is the next batch, there is
// no timer. When Redis does not answer, checks are retried for half a second and from then on answered at once as unchecked,
// until a probe in the background has counted something (house 3). It must not know what a check is about.
// Invariant: every call of Check returns, whatever Redis does.
package redis
