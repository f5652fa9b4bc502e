// Package items opens the items of a unit before its rules run: it parses and checks the payloads of everything that is no event, and
// rejects what the kind of the unit does not take (pipeline 1, 8, 10, 11, 12; items 1.1, 4 to 11).
//
// It knows item formats through their codecs, no topic, no quota and no filter. Event payloads are the business of normalize. Invariant: after
// the step every open item of a unit without an event has the quantities of its parsed payload, and of several items of which the
// contract allows one, one is open.
//
// What weir does not process ends here as invalid with reason internal, never silently: unreal reports, chunks with traces of Perfetto.
// Logs, trace metrics and spans are opened by records.
package items
