// Package traceitem writes the protobuf messages of the topic items: logs, trace metrics and metrics made of spans as consumers read them (items
// 3.10, 3.11, pipeline 13.4).
//
// It knows the wire form and how a record becomes attributes, nothing of projects, quotas or topics. Invariant: the same item gives the same
// bytes; attributes are written in order of their names.
package traceitem
