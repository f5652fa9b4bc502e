package items

import (
	"context"
	"errors"
	"strings"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/metric"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/processors"
)

// Reasons of the outcome invalid (outcome_reasons.tsv).
const (
	reasonJSON        outcome.Reason = "invalid_json"
	reasonDuplicate   outcome.Reason = "duplicate_item"
	reasonEnvelope    outcome.Reason = "invalid_envelope"
	reasonEventID     outcome.Reason = "invalid_event_id"
	reasonPlaceholder outcome.Reason = "invalid_placeholder_attachment"
	reasonNoPayload   outcome.Reason = "no_event_payload"
	reasonPayload     outcome.Reason = "payload"
	reasonCheckIn     outcome.Reason = "invalid_check_in"
	reasonTimestamp   outcome.Reason = "timestamp"
	reasonNoRecording outcome.Reason = "invalid_replay_missing_recording"
	reasonVideo       outcome.Reason = "invalid_replay_video"
	reasonManyProfile outcome.Reason = "profiling_too_many_profiles"
	reasonStandalone  outcome.Reason = "profiling_invalid_standalone"
	reasonProfileType outcome.Reason = "profiling_invalid_profile_type"
	reasonProfileSize outcome.Reason = "profiling_exceed_size_limit"
	// reasonFeature is the ledger's reason for what a missing feature drops without an outcome.
	reasonFeature outcome.Reason = "feature_disabled"
	// ReasonInternal marks what weir itself could not do, also the gaps of this version.
	ReasonInternal outcome.Reason = "internal"
)

// Config is what the operator sets about items. The zero value means the defaults.
type Config struct {
	MaxSessionAge time.Duration // processing.max_session_secs_in_past; 0: 5 days
	MaxFuture     time.Duration // processing.max_secs_in_future; 0: 60 s
	MaxProfile    int           // limits.max_profile_size in bytes, of what is written; 0: 50 MiB
	Aggregator    metric.Config
}

// Validate reports all faults.
func (c Config) Validate() error {
	var errs []error
	if c.MaxSessionAge < 0 {
		errs = append(errs, errors.New("processing.max_session_secs_in_past: negative"))
	}
	if c.MaxFuture < 0 {
		errs = append(errs, errors.New("processing.max_secs_in_future: negative"))
	}
	if c.MaxProfile < 0 {
		errs = append(errs, errors.New("limits.max_profile_size: negative"))
	}
	return errors.Join(append(errs, c.Aggregator.Validate())...)
}

func (c Config) withDefaults() Config {
	if c.MaxSessionAge == 0 {
		c.MaxSessionAge = 5 * 24 * time.Hour
	}
	if c.MaxFuture == 0 {
		c.MaxFuture = time.Minute
	}
	if c.MaxProfile == 0 {
		c.MaxProfile = 50 << 20
	}
	return c
}

// Step opens the items of a unit; logs, trace metrics and spans are opened by records.
func Step(cfg Config) processors.Step {
	cfg = cfg.withDefaults()
	return func(_ context.Context, u *processors.Unit) processors.Verdict {
		switch u.Kind {
		case processors.KindSessions:
			sessions(cfg, u)
		case processors.KindClientReport:
			clientReports(cfg, u)
		case processors.KindCheckIn:
			checkIns(u)
		case processors.KindError:
			errorItems(u)
		case processors.KindTransaction:
			transactionItems(u)
		case processors.KindAttachments:
			placeholders(u)
			traceAttachments(u)
			return needsEventID(u)
		case processors.KindUserReports:
			if v := needsEventID(u); v.Action != processors.ActionKeep {
				return v
			}
			userReports(u)
		case processors.KindProfile:
			standaloneProfiles(u)
		case processors.KindProfileChunk:
			return profileChunks(u)
		case processors.KindReplay:
			return replays(u)
		case processors.KindMetrics:
			metricBuckets(cfg, u)
		case processors.KindUnknown:
			unknown(u)
		}
		return processors.Keep()
	}
}

// traceAttachments refuses attachments of traces and spans: weir does not process them, and without their feature nobody does (items 19).
func traceAttachments(u *processors.Unit) {
	for _, it := range u.Items {
		if it.Fate != processors.FateOpen || envelope.CanonicalContentType(it.ContentType) != envelope.ContentTraceAttachment {
			continue
		}
		_, ofSpan := it.Member("span_id")
		switch {
		case ofSpan && !u.Has(project.FeatureSpanAttachments):
			u.DropSilent(it, outcome.Invalid, reasonFeature)
		case !ofSpan && !u.Has(project.FeatureTraceAttachments):
			u.Drop(it, outcome.Invalid, reasonFeature)
		default:
			u.Drop(it, outcome.Invalid, ReasonInternal)
		}
	}
}

// onePlaceholder is what a placeholder counts for: the file that it stands for is not here.
var onePlaceholder = []outcome.Quantity{{Category: outcome.Attachment, N: 1}, {Category: outcome.AttachmentItem, N: 1}}

// placeholders refuses attachments that are stored elsewhere: weir has no store that could vouch for them (items 19).
func placeholders(u *processors.Unit) {
	for _, it := range u.Items {
		if kind := envelope.CanonicalContentType(it.ContentType); kind == contentPlaceholder || strings.EqualFold(it.ContentType, "application/vnd.sentry.attachment-ref") {
			it.Quantities = onePlaceholder
			u.Drop(it, outcome.Invalid, reasonPlaceholder)
		}
	}
}

// contentPlaceholder is the content type of placeholders.
const contentPlaceholder = "application/vnd.sentry.attachment-ref+json"

// needsEventID: attachments and user reports alone belong to the event that the envelope's header names.
func needsEventID(u *processors.Unit) processors.Verdict {
	if u.EventID.IsNil() {
		return processors.Drop(outcome.Invalid, reasonEventID)
	}
	return processors.Keep()
}

// unknown rejects what no unit takes: unknown types, form data without an event, and, as internal, known types that no envelope
// can have here (a second transaction).
func unknown(u *processors.Unit) {
	for _, it := range u.Items {
		if it.Unknown || it.Type == envelope.TypeFormData || !envelope.KnownType(it.Type) {
			u.Drop(it, outcome.Invalid, reasonEnvelope)
			continue
		}
		u.Drop(it, outcome.Invalid, ReasonInternal)
	}
}
