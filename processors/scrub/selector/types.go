package selector

import "math/bits"

// Types is a set of value types (scrub 5.2); a value can have several (a log message is string and message).
type Types uint32

// The types in the order in which selectors compare (scrub 4.3).
const (
	String Types = 1 << iota
	Binary
	Number
	Boolean
	Datetime
	Array
	Object
	Event
	Attachments
	Replay
	Error
	Stack
	Frame
	HTTP
	User
	LogEntry
	Message
	Thread
	Breadcrumb
	Log
	TraceMetric
	Span
	SDK
	Minidump
	HeapMemory
	StackMemory
	endOfTypes
)

// Basic are the types that values of sensitivity maybe do not answer to (scrub 5.6).
const Basic = String | Binary | Number | Boolean | Datetime | Array | Object

var typeNames = [...]string{
	"string", "binary", "number", "boolean", "datetime", "array", "object", "event", "attachments", "replay", "error", "stack",
	"frame", "http", "user", "logentry", "message", "thread", "breadcrumb", "log", "trace_metric", "span", "sdk", "minidump",
	"heap_memory", "stack_memory",
}

var typeAliases = map[string]Types{"bool": Boolean, "list": Array, "exception": Error, "stacktrace": Stack, "request": HTTP}

// TypeByName returns the type that is written as $name, 0 when there is none.
func TypeByName(name string) Types {
	for i, n := range typeNames {
		if n == name {
			return 1 << i
		}
	}
	return typeAliases[name]
}

// name returns the canonical name of a single type.
func (t Types) name() string { return typeNames[bits.TrailingZeros32(uint32(t))] }
