package admission

import (
	"strings"

	"weir/codecs/envelope"
	"weir/codecs/outcome"
)

// class is what an item is to admission. Classes of one budget or one limit are told apart by the tables that use them.
type class uint8

const (
	classUnknown class = iota
	classEvent
	classTransaction
	classSecurity
	classRawSecurity
	classFeedback
	classUnreal
	classUserReport
	classAttachment
	classFormData
	classSession
	classSessions
	classCheckIn
	classClientReport
	classMetricBuckets
	classLog
	classSpan
	classTraceMetric
	classReplayEvent
	classReplayRecording
	classReplayVideo
	classProfile
	classProfileChunk
	classIntegrationLogs
	classIntegrationSpans
)

// IntegrationSpans is how the content type of an internal `integration` item starts when it holds spans; all others hold logs (edge 6.4).
const IntegrationSpans = "application/vnd.weir.spans"

func classOf(it *envelope.Item) class {
	if it.Unknown {
		return classUnknown
	}
	switch it.Type {
	case envelope.TypeEvent:
		return classEvent
	case envelope.TypeTransaction:
		return classTransaction
	case envelope.TypeSecurity:
		return classSecurity
	case envelope.TypeRawSecurity:
		return classRawSecurity
	case envelope.TypeFeedback:
		return classFeedback
	case envelope.TypeUnrealReport:
		return classUnreal
	case envelope.TypeUserReport:
		return classUserReport
	case envelope.TypeAttachment:
		return classAttachment
	case envelope.TypeFormData:
		return classFormData
	case envelope.TypeSession:
		return classSession
	case envelope.TypeSessions:
		return classSessions
	case envelope.TypeCheckIn:
		return classCheckIn
	case envelope.TypeClientReport:
		return classClientReport
	case envelope.TypeMetricBuckets:
		return classMetricBuckets
	case envelope.TypeLog:
		return classLog
	case envelope.TypeSpan:
		return classSpan
	case envelope.TypeTraceMetric:
		return classTraceMetric
	case envelope.TypeReplayEvent:
		return classReplayEvent
	case envelope.TypeReplayRecording:
		return classReplayRecording
	case envelope.TypeReplayVideo:
		return classReplayVideo
	case envelope.TypeProfile:
		return classProfile
	case envelope.TypeProfileChunk, "profile_chunk_ui":
		return classProfileChunk
	case envelope.TypeIntegration:
		if strings.HasPrefix(it.ContentType, IntegrationSpans) {
			return classIntegrationSpans
		}
		return classIntegrationLogs
	}
	return classUnknown
}

// eventCategory returns the category of the event that an item creates, outcome.Unknown when it creates none (edge 6.2, 6.3).
func eventCategory(c class, it *envelope.Item) outcome.Category {
	switch c {
	case classEvent, classUnreal:
		return outcome.Error
	case classTransaction:
		return outcome.Transaction
	case classSecurity, classRawSecurity:
		return outcome.Security
	case classFeedback:
		return outcome.Feedback
	case classAttachment:
		if it.CreatesEvent() {
			return outcome.Error
		}
	}
	return outcome.Unknown
}

// uiPlatform says whether profiles of a platform count as UI profiles (items 1.3).
func uiPlatform(platform string) bool {
	return platform == "cocoa" || platform == "android" || platform == "javascript"
}
