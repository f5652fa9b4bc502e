package items

import (
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/processors"
)

// The features without which items are dropped silently (feature_flags.tsv).
const (
	featureReplay       project.Feature = "organizations:session-replay"
	featureNoVideo      project.Feature = "organizations:session-replay-video-disabled"
	featureLogs         project.Feature = "organizations:ourlogs-ingestion"
	featureTraceMetrics project.Feature = "organizations:tracemetrics-ingestion"
)

// reasonFeature is the ledger's reason for what a missing feature drops without an outcome.
const reasonFeature outcome.Reason = "feature_disabled"

// gap applies the gates of the kinds whose processing is still missing and rejects the rest. The gates and the duplicate rule are the
// contract's; the rejection as internal is the gap.
func gap(u *processors.Unit) processors.Verdict {
	feature := project.Feature("")
	switch u.Kind {
	case processors.KindLogs:
		feature = featureLogs
	case processors.KindTraceMetrics:
		feature = featureTraceMetrics
	}
	if duplicates(u) {
		return processors.Drop(outcome.Invalid, reasonDuplicate)
	}
	if feature != "" && !u.Has(feature) {
		return processors.DropSilent(outcome.Invalid, reasonFeature)
	}
	return processors.Drop(outcome.Invalid, ReasonInternal)
}

// duplicates says that an envelope has more containers of a kind than it may have (items 1.1).
func duplicates(u *processors.Unit) bool {
	open := u.Open()
	switch u.Kind {
	case processors.KindLogs, processors.KindTraceMetrics:
		return len(open) > 1
	case processors.KindSpans:
		for _, it := range open {
			if len(open) > 1 && it.ContentType != "" {
				return true
			}
		}
	}
	return false
}
