package items

import (
	"weir/codecs/outcome"
	"weir/codecs/project"
)

// The features without which items are dropped silently (feature_flags.tsv).
const (
	featureReplay  project.Feature = "organizations:session-replay"
	featureNoVideo project.Feature = "organizations:session-replay-video-disabled"
)

// reasonFeature is the ledger's reason for what a missing feature drops without an outcome.
const reasonFeature outcome.Reason = "feature_disabled"
