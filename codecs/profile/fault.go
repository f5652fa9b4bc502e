package profile

import "weir/codecs/outcome"

// Fault is why a profile is refused: the reason of its outcome invalid (outcome_reasons.tsv).
type Fault outcome.Reason

func (f Fault) Error() string { return string(f) }

// The faults.
const (
	ErrJSON          Fault = "profiling_invalid_json"
	ErrPlatform      Fault = "profiling_platform_not_supported"
	ErrMetadata      Fault = "profiling_invalid_profile_metadata"
	ErrNoTransaction Fault = "profiling_no_transaction_associated"
	ErrTransaction   Fault = "profiling_invalid_transaction_metadata"
	ErrFewSamples    Fault = "profiling_not_enough_samples"
	ErrSamples       Fault = "profiling_malformed_samples"
	ErrStacks        Fault = "profiling_malformed_stacks"
	ErrLong          Fault = "profiling_duration_is_too_long"
	ErrBase64        Fault = "profiling_invalid_base64_value"
	ErrTrace         Fault = "profiling_invalid_sampled_profile"
)

// AllFaults lists the faults.
var AllFaults = []Fault{ErrJSON, ErrPlatform, ErrMetadata, ErrNoTransaction, ErrTransaction, ErrFewSamples, ErrSamples, ErrStacks, ErrLong, ErrBase64, ErrTrace}
