// Package records opens what holds spans, logs and trace metrics - containers, span items of version 1, OTLP, NEL and log drain payloads - into
// one derived item a record, and finishes records once they are scrubbed (items 3, 10 to 15).
//
// It knows item formats through their codecs and the gates of projects, no filter, quota or topic; the values of attributes are the business of
// normalize. Invariant: after Open every open item has a Record with typed fields or is the parent of such items; after Finish every open
// record has all that its message requires.
package records
