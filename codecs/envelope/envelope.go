package envelope

import (
	"time"

	"weir/codecs/dsn"
)

// Envelope is a parsed envelope. Items' payloads alias the parsed bytes.
type Envelope struct {
	Header Header
	Items  []Item
}

// Header is the envelope header: what the SDK sent, merged with what the request told (edge 4.2, 4.3).
type Header struct {
	EventID      EventID
	NilEventID   bool // the header carries the nil id: it is answered with, and none is generated
	DSN          *dsn.DSN
	Client       string // SDK name/version
	Version      uint16 // protocol version; 7 when absent
	Origin       string // normalised absolute URL, or empty
	RemoteAddr   string // peer address without port
	ForwardedFor string
	UserAgent    string
	ClientHints  ClientHints
	NoCache      bool
	SentAt       time.Time // zero when absent
	Trace        []byte    // the JSON text of "trace" whatever its type, nil when absent
	Other        []Member  // members nobody here reads, in order, kept for forwarding

	// RequiredFeatures are the features an endpoint asks for (edge 10.3 d); set by weir itself.
	RequiredFeatures []string

	// Empty are those of the texts above that header or request have, empty.
	Empty Empty
}

// ClientHints are the Sec-CH-UA request headers (edge 4.3).
type ClientHints struct {
	UA, Platform, PlatformVersion, Model string
}

// hintNames are the members of client_hints, in the order of a list.
var hintNames = []string{"sec_ch_ua_platform", "sec_ch_ua_platform_version", "sec_ch_ua", "sec_ch_ua_model"}

// hint is one of the client hints of a header.
type hint struct {
	text  *string
	empty Empty
}

// hints lists the client hints in the order of hintNames.
func (h *Header) hints() [4]hint {
	c := &h.ClientHints
	return [...]hint{
		{&c.Platform, EmptyHintPlatform}, {&c.PlatformVersion, EmptyHintPlatformVersion}, {&c.UA, EmptyHintUA}, {&c.Model, EmptyHintModel},
	}
}

// Member is one JSON object member whose value is kept as text.
type Member struct {
	Key string
	Raw []byte
}

// Item is one envelope item. The zero value of an optional header member means "absent", except where
// a pointer says otherwise.
type Item struct {
	Type           string // as sent; see ItemType for the known ones
	Length         int    // declared length, -1 when the header had none
	ContentType    string
	Filename       string
	HasFilename    bool
	AttachmentType string // empty when absent
	ItemCount      *uint32
	Platform       string
	SpanCount      *uint32
	Sampled        *bool
	FullyNormal    bool
	MetaLength     *uint32
	Release        string   // sentry_release
	Environment    string   // sentry_environment
	RateLimited    bool     // internal flag, never read from the wire (pipeline 6.5)
	Unknown        bool     // unknown type, or an attachment_type outside edge 6.3
	Other          []Member // unknown members, and known ones whose value is not usable, in order
	Payload        []byte
}

// Item types of edge 6.2.
const (
	TypeEvent           = "event"
	TypeTransaction     = "transaction"
	TypeSecurity        = "security"
	TypeRawSecurity     = "raw_security"
	TypeFeedback        = "feedback"
	TypeUserReport      = "user_report"
	TypeAttachment      = "attachment"
	TypeFormData        = "form_data"
	TypeSession         = "session"
	TypeSessions        = "sessions"
	TypeCheckIn         = "check_in"
	TypeClientReport    = "client_report"
	TypeMetricBuckets   = "metric_buckets"
	TypeLog             = "log"
	TypeSpan            = "span"
	TypeTraceMetric     = "trace_metric"
	TypeReplayEvent     = "replay_event"
	TypeReplayRecording = "replay_recording"
	TypeReplayVideo     = "replay_video"
	TypeProfile         = "profile"
	TypeProfileChunk    = "profile_chunk"
	TypeUnrealReport    = "unreal_report"
	TypeIntegration     = "integration"
)

// Attachment types of edge 6.3.
const (
	AttachmentPlain         = "event.attachment" // also meant when there is none
	AttachmentMinidump      = "event.minidump"
	AttachmentAppleCrash    = "event.applecrashreport"
	AttachmentPayload       = "event.payload"
	AttachmentBreadcrumbs   = "event.breadcrumbs"
	AttachmentView          = "event.view_hierarchy"
	AttachmentUnrealContext = "unreal.context"
	AttachmentUnrealLogs    = "unreal.logs"
	AttachmentProsperodump  = "playstation.prosperodump"
	AttachmentSwitchDying   = "nswitch.dying_message"
	AttachmentGPUDump       = "event.nv_gpudmp"
	AttachmentShaderDebug   = "event.nv_shader_debug"
)
