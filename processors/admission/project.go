package admission

import (
	"slices"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/processors/match"
)

// Reasons of a rejected envelope (pipeline 3.9); the outcome is invalid.
const (
	ReasonProjectID        outcome.Reason = "project_id"
	ReasonCors             outcome.Reason = "cors"
	ReasonFeatureDisabled  outcome.Reason = "feature_disabled"
	ReasonMissingSignature outcome.Reason = "missing_signature"
	ReasonInvalidSignature outcome.Reason = "invalid_signature"
)

// Verifier checks a relay signature over data made by the holder of a public key (edge 12.1), signed at most maxAge before at.
type Verifier func(publicKey, signature string, data []byte, at time.Time, maxAge time.Duration) error

// ProjectConfig is what the operator sets about project checks. The zero value rejects every signature.
type ProjectConfig struct {
	OverrideProjectIDs bool          // relay.override_project_ids
	SignatureMaxAge    time.Duration // auth.signature_max_age, 300 s
	Verify             Verifier      // nil: no signature is valid
}

// Request is what the checks need to know about the request that brought an envelope.
type Request struct {
	Key        dsn.PublicKey
	Project    dsn.ProjectID // 0: the request named none, or 0
	Zero       bool          // it named 0, which no project has
	Origin     string        // normalised URL, empty: none
	Trusted    bool          // edge 4.4
	Signature  string        // X-Sentry-Relay-Signature, empty: none
	ReceivedAt time.Time
	Features   []project.Feature // that the endpoint requires
}

// Rejection says why a whole envelope is refused. The zero value lets it pass.
type Rejection struct {
	Reason  outcome.Reason
	Feature project.Feature // with ReasonFeatureDisabled
}

// OK reports whether the envelope passes.
func (r Rejection) OK() bool { return r.Reason == "" }

// Name is the reason in CamelCase, as the answer of the edge spells it (edge 9.2).
func (r Rejection) Name() string {
	switch r.Reason {
	case ReasonProjectID:
		return "ProjectId"
	case ReasonCors:
		return "Cors"
	case ReasonFeatureDisabled:
		return "FeatureDisabled(" + featureName(r.Feature) + ")"
	case ReasonMissingSignature:
		return "MissingSignature"
	case ReasonInvalidSignature:
		return "InvalidSignature"
	}
	return ""
}

// CheckProject makes the checks of edge 10.3 in their order; the first that fails decides. st is used with status Enabled only;
// Pending and Dummy pass.
func CheckProject(cfg ProjectConfig, req Request, status project.Status, st *project.State) Rejection {
	switch {
	case status == project.Disabled:
		return Rejection{Reason: ReasonProjectID}
	case status != project.Enabled || st == nil:
		return Rejection{}
	case st.HasProject && (req.Project != 0 || req.Zero) && st.Project != req.Project && !cfg.OverrideProjectIDs:
		return Rejection{Reason: ReasonProjectID}
	case req.Origin != "" && !match.OriginAllowed(st, req.Origin):
		return Rejection{Reason: ReasonCors}
	case !keyFits(st, req.Key):
		return Rejection{Reason: ReasonProjectID}
	}
	for _, f := range req.Features {
		if !st.Config.Features[f] {
			return Rejection{Reason: ReasonFeatureDisabled, Feature: f}
		}
	}
	if st.Config.VerifySignature && !req.Trusted {
		return checkSignature(cfg, req, st)
	}
	return Rejection{}
}

// keyFits compares with the first key of the config; without any key only a config without project id passes.
func keyFits(st *project.State, key dsn.PublicKey) bool {
	if len(st.Keys) == 0 {
		return !st.HasProject
	}
	return st.Keys[0].Public == key
}

// checkSignature accepts a signature over empty data by any trusted relay; its age counts at the receive time (edge 10.3 e).
func checkSignature(cfg ProjectConfig, req Request, st *project.State) Rejection {
	if req.Signature == "" {
		return Rejection{Reason: ReasonMissingSignature}
	}
	if cfg.Verify != nil {
		for _, key := range st.Config.TrustedRelays {
			if cfg.Verify(key, req.Signature, nil, req.ReceivedAt, cfg.SignatureMaxAge) == nil {
				return Rejection{}
			}
		}
	}
	return Rejection{Reason: ReasonInvalidSignature}
}

// featureNames are the names that do not follow from the flag.
var featureNames = map[project.Feature]string{
	project.FeatureLogs:                    "OurLogsIngestion",
	project.FeatureTraceMetrics:            "TraceMetricsIngestion",
	project.FeatureContinuousProfilingPerf: "ContinuousProfilingPerfetto",
	project.FeatureJSONExpansionProject:    "ProjectAutomaticJsonExpansion",
	project.FeatureGPUCrashSymbolication:   "NvGpuCrashSplit",
	project.FeatureResumableUploads:        "ResumableUpload",
	project.FeatureSpanV2OTLP:              "DeprecatedSpanV2OtlpProcessing",
	project.FeatureSpanMetrics:             "DeprecatedExtractCommonSpanMetricsFromEvent",
	project.FeatureSpanMetricsAddons:       "DeprecatedExtractAddonsSpanMetricsFromEvent",
}

// featureName names a feature in CamelCase: organizations:session-replay is SessionReplay.
func featureName(f project.Feature) string {
	if name, ok := featureNames[f]; ok {
		return name
	}
	if !slices.Contains(project.AllFeatures, f) {
		return "Unknown"
	}
	var b []byte
	up := false
	for i := range len(f) {
		switch c := f[i]; {
		case c == ':', string(b) == "Relay" && c == '-':
			b, up = b[:0], true
		case c == '-':
			up = true
		case up && 'a' <= c && c <= 'z':
			b, up = append(b, c-'a'+'A'), false
		default:
			b, up = append(b, c), false
		}
	}
	return string(b)
}
