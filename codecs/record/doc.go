// Package record is the form that spans, logs and trace metrics have between parsing and their message: the members of a container, version 2,
// as nodes of a JSON document with metadata (items 3, 10 to 12).
//
// It owns the container format, the typed reading of members and the attribute object: types, names, sizes, additions. It must not know a
// project, a request or a topic. Invariant: after Open every known field of a member has its type or is null with metadata that says why,
// and every attribute is an object or null.
package record
