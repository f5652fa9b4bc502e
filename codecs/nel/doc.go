// Package nel reads reports of browsers about failed requests, Network Error Logging, and turns them into logs (items 15.2).
//
// It knows the report format and the wording of its error types, no request and no project. Invariant: a list of reports gives a log for each
// report with a body, and what a report says in a wrong type is as if it did not say it.
package nel
