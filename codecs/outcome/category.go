package outcome

// Category is a data category; the number goes into outcomes, the name into quotas, headers and client
// reports (pipeline 4).
type Category int8

// The data categories by wire number. Unknown stands for every other name; it is never sent.
const (
	Unknown              Category = -1
	Default              Category = 0
	Error                Category = 1
	Transaction          Category = 2
	Security             Category = 3
	Attachment           Category = 4
	Session              Category = 5
	Profile              Category = 6
	Replay               Category = 7
	TransactionProcessed Category = 8
	TransactionIndexed   Category = 9
	Monitor              Category = 10
	ProfileIndexed       Category = 11
	Span                 Category = 12
	MonitorSeat          Category = 13
	Feedback             Category = 14
	MetricBucket         Category = 15
	SpanIndexed          Category = 16
	ProfileDuration      Category = 17
	ProfileChunk         Category = 18
	MetricSecond         Category = 19
	ReplayVideo          Category = 20
	Uptime               Category = 21
	AttachmentItem       Category = 22
	LogItem              Category = 23
	LogByte              Category = 24
	ProfileDurationUi    Category = 25
	ProfileChunkUi       Category = 26
	SeerAutofix          Category = 27
	SeerScanner          Category = 28
	PreventUser          Category = 29
	PreventReview        Category = 30
	SizeAnalysis         Category = 31
	InstallableBuild     Category = 32
	TraceMetric          Category = 33
	SeerUser             Category = 34
	ProfileBackend       Category = 35
	ProfileUi            Category = 36
	TraceMetricByte      Category = 37
	SnapshotImage        Category = 38
)

// AllCategories lists the known categories in ascending order.
var AllCategories = []Category{Default, Error, Transaction, Security, Attachment, Session, Profile, Replay, TransactionProcessed, TransactionIndexed, Monitor, ProfileIndexed, Span, MonitorSeat, Feedback, MetricBucket, SpanIndexed, ProfileDuration, ProfileChunk, MetricSecond, ReplayVideo, Uptime, AttachmentItem, LogItem, LogByte, ProfileDurationUi, ProfileChunkUi, SeerAutofix, SeerScanner, PreventUser, PreventReview, SizeAnalysis, InstallableBuild, TraceMetric, SeerUser, ProfileBackend, ProfileUi, TraceMetricByte, SnapshotImage}

var names = [...]string{
	Default:              "default",
	Error:                "error",
	Transaction:          "transaction",
	Security:             "security",
	Attachment:           "attachment",
	Session:              "session",
	Profile:              "profile",
	Replay:               "replay",
	TransactionProcessed: "transaction_processed",
	TransactionIndexed:   "transaction_indexed",
	Monitor:              "monitor",
	ProfileIndexed:       "profile_indexed",
	Span:                 "span",
	MonitorSeat:          "monitor_seat",
	Feedback:             "feedback",
	MetricBucket:         "metric_bucket",
	SpanIndexed:          "span_indexed",
	ProfileDuration:      "profile_duration",
	ProfileChunk:         "profile_chunk",
	MetricSecond:         "metric_second",
	ReplayVideo:          "replay_video",
	Uptime:               "uptime",
	AttachmentItem:       "attachment_item",
	LogItem:              "log_item",
	LogByte:              "log_byte",
	ProfileDurationUi:    "profile_duration_ui",
	ProfileChunkUi:       "profile_chunk_ui",
	SeerAutofix:          "seer_autofix",
	SeerScanner:          "seer_scanner",
	PreventUser:          "prevent_user",
	PreventReview:        "prevent_review",
	SizeAnalysis:         "size_analysis",
	InstallableBuild:     "installable_build",
	TraceMetric:          "trace_metric",
	SeerUser:             "seer_user",
	ProfileBackend:       "profile_backend",
	ProfileUi:            "profile_ui",
	TraceMetricByte:      "trace_metric_byte",
	SnapshotImage:        "snapshot_image",
}

// String returns the wire name.
func (c Category) String() string {
	if c < 0 || int(c) >= len(names) {
		return "unknown"
	}
	return names[c]
}

// ParseCategory never fails: other names are Unknown. "user_report_v2" is Feedback.
func ParseCategory(name string) Category {
	if name == "user_report_v2" {
		return Feedback
	}
	for i, n := range names {
		if n == name {
			return Category(i)
		}
	}
	return Unknown
}

// Unit is what a category counts.
type Unit uint8

// The units of categories.tsv.
const (
	Count Unit = iota
	Bytes
	Milliseconds
)

// Unit returns what c counts.
func (c Category) Unit() Unit {
	switch c {
	case Attachment, LogByte, TraceMetricByte:
		return Bytes
	case ProfileDuration, ProfileDurationUi:
		return Milliseconds
	}
	return Count
}

// Indexed returns the partner that counts items stored in full, if c has one.
func (c Category) Indexed() (Category, bool) {
	switch c {
	case Transaction:
		return TransactionIndexed, true
	case Span:
		return SpanIndexed, true
	case Profile:
		return ProfileIndexed, true
	}
	return Unknown, false
}
