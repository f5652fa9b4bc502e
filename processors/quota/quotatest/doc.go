// Package quotatest holds the worked quota cases of the contract, for the tests of the limiter and of every store.
//
// Only tests import it. It runs a store through the cases and compares replies and counters.
package quotatest
