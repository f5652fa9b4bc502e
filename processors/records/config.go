package records

import (
	"errors"
	"fmt"

	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/codecs/record"
	"weir/processors"
)

// Reasons of the outcome invalid (outcome_reasons.tsv).
const (
	ReasonJSON          outcome.Reason = "invalid_json"
	ReasonProto         outcome.Reason = "invalid_proto"
	ReasonOperations    outcome.Reason = "request_too_large"
	ReasonDuplicateItem outcome.Reason = "duplicate_item"
	ReasonDuplicate     outcome.Reason = "duplicate"
	ReasonInvalidSpan   outcome.Reason = "invalid_span"
	ReasonInvalidMetric outcome.Reason = "invalid_trace_metric"
	ReasonMissingDSC    outcome.Reason = "missing_dsc"
	ReasonInvalidDSC    outcome.Reason = "invalid_dsc"
	ReasonLogTooLarge   outcome.Reason = "too_large:log"
	ReasonMetricLarge   outcome.Reason = "too_large:trace_metric"
	ReasonNoData        outcome.Reason = "no_data"
	// ReasonFeature is the ledger's reason for what a missing feature drops without an outcome.
	ReasonFeature outcome.Reason = "feature_disabled"
)

// Config is what the operator sets about records. The zero value means the defaults.
type Config struct {
	MaxLogSize    int // limits.max_log_size in bytes; 0: 2 MiB
	MaxMetricSize int // limits.max_trace_metric_size in bytes; 0: 1 MiB
	// The largest numbers of JSON values in a container (limits.max_expanded_*_operations); 0: 3,000,000.
	MaxLogValues, MaxSpanValues, MaxMetricValues int
	// MaxTrimmedNames bounds the names of attributes without a value, in bytes (limits.max_removed_attribute_key_size); 0: 10 KiB.
	MaxTrimmedNames int
	// Host is the host of a URL, false if the text is none; nil: no text is one.
	Host func(url string) (string, bool)
	// Legacy reads a span item of version 1 as a span of version 2; an error says that it is no JSON. nil: such items are invalid.
	Legacy func(payload []byte) (*event.Doc, *event.Value, error)
}

// Validate reports all faults.
func (c Config) Validate() error {
	var errs []error
	for name, n := range map[string]int{
		"max_log_size": c.MaxLogSize, "max_trace_metric_size": c.MaxMetricSize, "max_expanded_log_operations": c.MaxLogValues, "max_expanded_span_operations": c.MaxSpanValues,
		"max_expanded_trace_metric_operations": c.MaxMetricValues, "max_removed_attribute_key_size": c.MaxTrimmedNames,
	} {
		if n < 0 {
			errs = append(errs, fmt.Errorf("limits.%s: negative", name))
		}
	}
	return errors.Join(errs...)
}

const (
	defaultLogSize    = 2 << 20
	defaultMetricSize = 1 << 20
	defaultValues     = 3_000_000
	defaultNames      = 10 << 10
)

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

func (c Config) withDefaults() Config {
	c.MaxLogSize, c.MaxMetricSize = or(c.MaxLogSize, defaultLogSize), or(c.MaxMetricSize, defaultMetricSize)
	c.MaxLogValues, c.MaxSpanValues, c.MaxMetricValues = or(c.MaxLogValues, defaultValues), or(c.MaxSpanValues, defaultValues), or(c.MaxMetricValues, defaultValues)
	if c.Host == nil {
		c.Host = func(string) (string, bool) { return "", false }
	}
	c.MaxTrimmedNames = or(c.MaxTrimmedNames, defaultNames)
	return c
}

// kindOf is the form of the records of a unit; false for other units.
func kindOf(k processors.Kind) (record.Kind, bool) {
	switch k {
	case processors.KindSpans:
		return record.Span, true
	case processors.KindLogs:
		return record.Log, true
	case processors.KindTraceMetrics:
		return record.Metric, true
	}
	return 0, false
}

func (c *Config) values(k record.Kind) int {
	switch k {
	case record.Log:
		return c.MaxLogValues
	case record.Metric:
		return c.MaxMetricValues
	}
	return c.MaxSpanValues
}
