package admission

import (
	"weir/codecs/envelope"
	"weir/codecs/outcome"
)

const (
	kib = 1 << 10
	mib = 1 << 20
)

// Sizes are the limits of edge 7.1, in bytes and items. All are inclusive.
type Sizes struct {
	MaxEventSize            int // limits.max_event_size
	MaxAttachmentSize       int
	MaxAttachmentCount      int
	MaxAttachmentsSize      int
	MaxSessionsSize         int
	MaxSessionCount         int
	MaxClientReportsSize    int
	MaxClientReportsCount   int
	MaxCheckInSize          int
	MaxMetricBucketsSize    int
	MaxProfileSize          int
	MaxReplayCompressedSize int
	MaxLogSize              int
	MaxTraceMetricSize      int
	MaxSpanSize             int
	MaxStandaloneSpanCount  int
	MaxContainerSize        int
}

// DefaultSizes returns the defaults of edge-config.tsv.
func DefaultSizes() Sizes {
	return Sizes{
		MaxEventSize:            mib,
		MaxAttachmentSize:       200 * mib,
		MaxAttachmentCount:      30,
		MaxAttachmentsSize:      200 * mib,
		MaxSessionsSize:         10 * mib,
		MaxSessionCount:         100,
		MaxClientReportsSize:    100 * kib,
		MaxClientReportsCount:   100,
		MaxCheckInSize:          100 * kib,
		MaxMetricBucketsSize:    mib,
		MaxProfileSize:          50 * mib,
		MaxReplayCompressedSize: 10 * mib,
		MaxLogSize:              2 * mib,
		MaxTraceMetricSize:      mib,
		MaxSpanSize:             10 * mib,
		MaxStandaloneSpanCount:  25,
		MaxContainerSize:        12 * mib,
	}
}

// budget is a group of items that share a count and a total (edge 7.1).
type budget uint8

const (
	budgetNone budget = iota
	budgetEvents
	budgetAttachments
	budgetSessions
	budgetClientReports
	budgetCheckIns
	budgetMetricBuckets
	budgetProfiles
	budgetRecordings
	budgetVideos
	budgetLogs
	budgetTraceMetrics
	budgetSpanContainers
	budgetSpans
	budgetIntegrationLogs
	budgetIntegrationSpans
	budgets
)

type bounds struct{ size, count, total int }

// boundsOf returns the row of edge 7.1 that an item belongs to.
func (s *Sizes) boundsOf(c class, it *envelope.Item) (budget, bounds) {
	one := func(size int) bounds { return bounds{size, 1, size} }
	switch c {
	case classEvent, classTransaction, classSecurity, classRawSecurity, classFeedback, classReplayEvent, classFormData:
		return budgetEvents, one(s.MaxEventSize)
	case classAttachment, classUnreal, classUserReport:
		return budgetAttachments, bounds{s.MaxAttachmentSize, s.MaxAttachmentCount, s.MaxAttachmentsSize}
	case classSession, classSessions:
		return budgetSessions, bounds{s.MaxSessionsSize, s.MaxSessionCount, s.MaxSessionsSize}
	case classClientReport:
		return budgetClientReports, bounds{s.MaxClientReportsSize, s.MaxClientReportsCount, s.MaxClientReportsSize}
	case classCheckIn:
		return budgetCheckIns, one(s.MaxCheckInSize)
	case classMetricBuckets:
		return budgetMetricBuckets, one(s.MaxMetricBucketsSize)
	case classProfile, classProfileChunk:
		return budgetProfiles, one(s.MaxProfileSize)
	case classReplayRecording:
		return budgetRecordings, one(s.MaxReplayCompressedSize)
	case classReplayVideo:
		return budgetVideos, one(s.MaxReplayCompressedSize)
	case classLog:
		return budgetLogs, bounds{s.MaxLogSize, 1, s.MaxContainerSize}
	case classTraceMetric:
		return budgetTraceMetrics, bounds{s.MaxTraceMetricSize, 1, s.MaxContainerSize}
	case classSpan:
		if it.IsContainer() {
			return budgetSpanContainers, bounds{s.MaxSpanSize, 1, s.MaxContainerSize}
		}
		return budgetSpans, bounds{s.MaxSpanSize, s.MaxStandaloneSpanCount, s.MaxContainerSize}
	case classIntegrationLogs:
		return budgetIntegrationLogs, one(s.MaxContainerSize)
	case classIntegrationSpans:
		return budgetIntegrationSpans, one(s.MaxContainerSize)
	}
	return budgetNone, bounds{}
}

// CheckSizes returns the name of the first item, in envelope order, that breaks its budget (edge 7.1), or "" when all fit. The name is
// that of the answer; the outcome's reason is TooLarge(name).
func CheckSizes(e *envelope.Envelope, s Sizes) string {
	var counts, totals [budgets]int
	for i := range e.Items {
		it := &e.Items[i]
		c := classOf(it)
		g, b := s.boundsOf(c, it)
		if g == budgetNone {
			continue
		}
		size := len(it.Payload)
		if it.IsContainer() {
			size /= max(int(it.Count()), 1)
		}
		counts[g]++
		totals[g] += len(it.Payload)
		if size > b.size || counts[g] > b.count || totals[g] > b.total {
			return sizeName(c, it)
		}
	}
	return ""
}

// TooLarge is the outcome reason for a name that CheckSizes returned.
func TooLarge(name string) outcome.Reason { return outcome.Reason("too_large:" + name) }

// sizeName is how a too large item is called (edge 7.1).
func sizeName(c class, it *envelope.Item) string {
	switch it.AttachmentType {
	case "":
	case envelope.AttachmentPlain:
		return "attachment:attachment"
	case envelope.AttachmentMinidump:
		return "attachment:minidump"
	case envelope.AttachmentAppleCrash:
		return "attachment:apple_crash_report"
	case envelope.AttachmentPayload:
		return "attachment:event_payload"
	case envelope.AttachmentBreadcrumbs:
		return "attachment:breadcrumbs"
	case envelope.AttachmentView:
		return "attachment:view_hierarchy"
	case "unreal.context":
		return "attachment:unreal_context"
	case "unreal.logs":
		return "attachment:unreal_logs"
	case "playstation.prosperodump":
		return "attachment:prosperodump"
	case "nswitch.dying_message":
		return "attachment:nnswitch_dying_message"
	}
	switch c {
	case classAttachment:
		return "attachment:attachment"
	case classFeedback:
		return "user_report_v2"
	case classProfileChunk:
		return envelope.TypeProfileChunk
	case classIntegrationLogs, classIntegrationSpans:
		return envelope.TypeIntegration
	}
	return it.Type
}
