package otlp

import "errors"

// The errors of payloads that cannot be read.
var (
	// ErrJSON means outcome reason invalid_json.
	ErrJSON = errors.New("invalid OTLP JSON")
	// ErrProto means outcome reason invalid_proto.
	ErrProto = errors.New("invalid OTLP protobuf")
)

// anyKind says what an anyValue is.
type anyKind uint8

const (
	anyEmpty anyKind = iota
	anyText
	anyBool
	anyInt
	anyDouble
	anyArray
	anyList // of keys and values
	anyBytes
)

type anyValue struct {
	kind anyKind
	text string // also bytes
	n    int64  // also booleans
	f    float64
	list []keyValue // keys are empty in arrays
}

type keyValue struct {
	key   string
	value anyValue
}

// scope is the instrumentation that made records.
type scope struct {
	name, version string
	attributes    []keyValue
}

// origin is what records share.
type origin struct {
	resource []keyValue
	scope    scope
}

type logRecord struct {
	time, observed          uint64 // nanoseconds
	severity                int32
	severityText, eventName string
	body                    anyValue
	attributes              []keyValue
	traceID, spanID         []byte
}

type spanRecord struct {
	traceID, spanID, parentID []byte
	state, name               string
	kind                      int32
	start, end                uint64 // nanoseconds
	attributes                []keyValue
	links                     []link
	code                      int32
	message                   string
	flags                     uint32
}

type link struct {
	traceID, spanID []byte
	attributes      []keyValue
	flags           uint32
}
