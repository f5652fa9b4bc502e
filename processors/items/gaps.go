package items

import (
	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/processors"
)

// The features without which items are dropped silently (feature_flags.tsv).
const (
	featureReplay       project.Feature = "organizations:session-replay"
	featureNoVideo      project.Feature = "organizations:session-replay-video-disabled"
	featureProfileChunk project.Feature = "organizations:continuous-profiling"
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
	case processors.KindProfileChunk:
		feature = featureProfileChunk
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

// transactionItems keeps the transaction and its attachments. Profiles are a gap; of several all but the first are too many anyway.
func transactionItems(u *processors.Unit) {
	profiles := 0
	for _, it := range u.Items {
		if it.Type != envelope.TypeProfile || it.Fate != processors.FateOpen {
			continue
		}
		if profiles++; profiles > 1 {
			u.Drop(it, outcome.Invalid, reasonManyProfile)
			continue
		}
		u.Drop(it, outcome.Invalid, ReasonInternal)
	}
}

// standaloneProfiles: only profiles of sampled-out transactions may come alone (items 9.1).
func standaloneProfiles(u *processors.Unit) processors.Verdict {
	for _, it := range u.Items {
		if it.Sampled == nil || *it.Sampled {
			u.Drop(it, outcome.Invalid, reasonStandalone)
			continue
		}
		it.Quantities = profileQuantities(it)
	}
	return processors.Keep()
}

// profileQuantities counts a profile with its platform known: UI or backend (items 1.3).
func profileQuantities(it *processors.Item) []outcome.Quantity {
	q := []outcome.Quantity{{Category: outcome.Profile, N: 1}, {Category: outcome.ProfileIndexed, N: 1}}
	switch it.Platform {
	case "":
		return q
	case "cocoa", "android", "javascript":
		return append(q, outcome.Quantity{Category: outcome.ProfileUi, N: 1})
	}
	return append(q, outcome.Quantity{Category: outcome.ProfileBackend, N: 1})
}
