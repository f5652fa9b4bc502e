// Package corpus holds requests captured from real Sentry SDKs and tools: the traffic of `weir dev --demo`, the default payload
// of `weir load`, and the input of the end-to-end tests.
//
// Each request is two files below data/SDK: the body as it was sent (.bin) and method, path, query and headers (.json). Every name,
// address, card number and token in them is made up. Invariant: At changes nothing but project, key and points in time.
package corpus
