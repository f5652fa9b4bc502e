package project

// Feature flags with an effect in weir or upstream (feature_flags.tsv); other strings are dropped on load.
const (
	FeatureSessionReplay            Feature = "organizations:session-replay"
	FeatureReplayRecordingScrubbing Feature = "organizations:session-replay-recording-scrubbing"
	FeatureReplayVideoDisabled      Feature = "organizations:session-replay-video-disabled"
	FeatureDiscardTransaction       Feature = "projects:discard-transaction"
	FeatureContinuousProfiling      Feature = "organizations:continuous-profiling"
	FeatureContinuousProfilingPerf  Feature = "organizations:continuous-profiling-perfetto"
	FeatureLogs                     Feature = "organizations:ourlogs-ingestion"
	FeatureTraceMetrics             Feature = "organizations:tracemetrics-ingestion"
	FeatureJSONExpansion            Feature = "organizations:relay-automatic-json-expansion"
	FeatureJSONExpansionProject     Feature = "projects:relay-automatic-json-expansion"
	FeatureViewHierarchyScrubbing   Feature = "organizations:view-hierarchy-scrubbing"
	FeaturePerformanceIssuesSpans   Feature = "organizations:performance-issues-spans"
	FeatureSpanAttachments          Feature = "projects:span-v2-attachment-processing"
	FeatureTraceAttachments         Feature = "projects:trace-attachment-processing"
	FeaturePlaystationIngestion     Feature = "organizations:relay-playstation-ingestion"
	FeaturePlaystationUploads       Feature = "projects:relay-playstation-uploads"
	FeatureNintendoEventRewrite     Feature = "projects:relay-nintendo-event-rewrite"
	FeatureMinidumpUploads          Feature = "projects:relay-minidump-uploads"
	FeatureGPUCrashSymbolication    Feature = "organizations:gpu-crash-symbolication"
	FeatureResumableUploads         Feature = "projects:resumable-uploads"
	FeatureUserFeedback             Feature = "organizations:user-feedback-ingest"
	FeatureUnsampledProfiles        Feature = "projects:profiling-ingest-unsampled-profiles"
	FeatureProfiling                Feature = "organizations:profiling"
	FeatureOTLPTraces               Feature = "organizations:relay-otlp-traces-endpoint"
	FeatureOTLPLogs                 Feature = "organizations:relay-otel-logs-endpoint"
	FeatureIndexedSpans             Feature = "organizations:indexed-spans-extraction"
	FeatureStandaloneSpans          Feature = "organizations:standalone-span-ingestion"
	FeatureSpanV2Processing         Feature = "projects:span-v2-experimental-processing"
	FeatureSpanV2OTLP               Feature = "organizations:span-v2-otlp-processing"
	FeatureSpanMetrics              Feature = "projects:span-metrics-extraction"
	FeatureSpanMetricsAddons        Feature = "projects:span-metrics-extraction-addons"
)

// AllFeatures lists the known flags in the order of feature_flags.tsv.
var AllFeatures = []Feature{
	FeatureSessionReplay, FeatureReplayRecordingScrubbing, FeatureReplayVideoDisabled, FeatureDiscardTransaction,
	FeatureContinuousProfiling, FeatureContinuousProfilingPerf, FeatureLogs, FeatureTraceMetrics, FeatureJSONExpansion,
	FeatureJSONExpansionProject, FeatureViewHierarchyScrubbing, FeaturePerformanceIssuesSpans, FeatureSpanAttachments,
	FeatureTraceAttachments, FeaturePlaystationIngestion, FeaturePlaystationUploads, FeatureNintendoEventRewrite,
	FeatureMinidumpUploads, FeatureGPUCrashSymbolication, FeatureResumableUploads, FeatureUserFeedback,
	FeatureUnsampledProfiles, FeatureProfiling, FeatureOTLPTraces, FeatureOTLPLogs, FeatureIndexedSpans,
	FeatureStandaloneSpans, FeatureSpanV2Processing, FeatureSpanV2OTLP, FeatureSpanMetrics, FeatureSpanMetricsAddons,
}

// GraduatedFeatures are always on: every loaded config gets them (pipeline 3.3).
var GraduatedFeatures = []Feature{
	FeatureUserFeedback, FeatureUnsampledProfiles, FeatureProfiling, FeatureOTLPTraces, FeatureOTLPLogs,
	FeatureIndexedSpans, FeatureStandaloneSpans, FeatureSpanV2Processing,
}

func known(f Feature) bool {
	for _, k := range AllFeatures {
		if k == f {
			return true
		}
	}
	return false
}

func parseFeatures(o *object) map[Feature]bool {
	m := make(map[Feature]bool, len(GraduatedFeatures)+4)
	list, _ := o.texts("features")
	for _, s := range list {
		if known(Feature(s)) {
			m[Feature(s)] = true
		}
	}
	return m
}

// graduate inserts the flags that are always on.
func (c *Config) graduate() {
	if c.Features == nil {
		c.Features = make(map[Feature]bool, len(GraduatedFeatures))
	}
	for _, f := range GraduatedFeatures {
		c.Features[f] = true
	}
}
