package items

import "weir/codecs/outcome"

// reasonFeature is the ledger's reason for what a missing feature drops without an outcome.
const reasonFeature outcome.Reason = "feature_disabled"
