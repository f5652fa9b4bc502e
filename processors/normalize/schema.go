package normalize

import (
	"sync"

	"weir/codecs/event"
)

// kind selects how a value is read (spec 4) and what the walkers do with it.
type kind uint8

const (
	kAny kind = iota // node 0 is an item of free-form JSON, so unmarked values are read as that
	kString
	kBool
	kU64
	kI64
	kF64
	kF64Finite
	kLenient
	kJSONLenient
	kUUID
	kEventID
	kTraceID
	kSpanID
	kAddr
	kRegister
	kIP
	kLevel
	kEventType
	kSpanStatus
	kText // any string, never cut: TransactionSource, InstructionAddrAdjustment, paths
	kInferIP
	kSpanKind
	kUnit
	kThreadID
	kLockType
	kCodeID
	kDebugID
	kTimestamp
	kFingerprint
	kTag // the `type` member of a tagged union
	kArray
	kMap
	kStruct
	kLogEntry
	kMechanism
	kValues
	kVars
	kContexts
	kContext
	kImage
	kMeasurements
	kBreakdowns
	kTags
	kHeaders
	kCookies
	kQuery
	kTuple
)

var scalarKinds = map[string]kind{
	"any": kAny, "string": kString, "bool": kBool, "u64": kU64, "i64": kI64, "f64": kF64, "f64finite": kF64Finite, "lenientstring": kLenient, "jsonlenientstring": kJSONLenient,
	"uuid": kUUID, "EventId": kEventID, "TraceId": kTraceID, "SpanId": kSpanID, "Addr": kAddr, "RegVal": kRegister, "IpAddr": kIP, "Level": kLevel, "EventType": kEventType,
	"SpanStatus": kSpanStatus, "TransactionSource": kText, "InstructionAddrAdjustment": kText, "AutoInferSetting": kInferIP, "SpanKind": kSpanKind, "MetricUnit": kUnit,
	"ThreadId": kThreadID, "LockReasonType": kLockType, "CodeId": kCodeID, "DebugId": kDebugID, "Timestamp": kTimestamp, "Fingerprint": kFingerprint,
}

// Types of schema.tsv with a reading of their own (4.5 to 4.12).
var typeKinds = map[string]kind{
	"LogEntry": kLogEntry, "Mechanism": kMechanism, "FrameVars": kVars, "Contexts": kContexts, "Context": kContext, "DebugImage": kImage, "Measurements": kMeasurements,
	"Breakdowns": kBreakdowns, "Tags": kTags, "Headers": kHeaders, "Cookies": kCookies, "Query": kQuery,
}

// node is one position of the schema: what stands there and what the rows above say about it.
type node struct {
	attrs
	id       uint16
	kind     kind
	layers   uint8 // nested wrapper layers, for the event errors (14)
	name     string
	st       *structure
	elem     *node    // of arrays and maps; the pair of a pair list
	pair     [2]*node // of a tuple
	variants []*node  // of a tagged union, the generic one last
	bags     []bag    // budgets that are pushed here (12.1)
	empty    string   // a text that counts as empty (2.2)

	checked bool // 8.2 has something to do here or below
	timed   bool // a timestamp stands here or below
	limited bool // a limit of 12 stands here or below
}

// bag is a byte and depth budget; 0 means none.
type bag struct{ depth, bytes int }

// structure is one struct type of the schema.
type structure struct {
	name   string // in lower case, as error texts have it
	fields []*node
	other  *node // of unknown keys; nil: they are lost
	keys   keyTable
	needs  []*node // fields that must have a value
	always []*node // fields that are written even if they have none

	aliased bool
	flagged bool // checked and timed are final
	checked bool
	timed   bool
	limited bool
	frames  bool // a stack trace (12.5)
	union   bool // a variant: the `type` member stands last
	silent  bool // errors of fields are not reported (14)
}

// schema is the compiled table.
type schema struct {
	nodes []*node // by id
	event *node
	// replay is a replay event: a document of its own that shares most of its parts.
	replay *node
	tag    *node // `type` of variants
}

// theSchema compiles the tables once per process.
var theSchema = sync.OnceValue(compileSchema)

// at returns the schema position of a value.
func (s *schema) at(v *event.Value) *node { return s.nodes[v.Tag()] }
