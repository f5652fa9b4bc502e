package project

import (
	"encoding/json"
	"sync"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/outcome"
)

// Memo holds what rules compiled from one immutable State or Global, by key. Keys are values of unexported
// types of the caller, as with context.
type Memo struct{ m sync.Map }

// Memoize returns the value stored under key, building it once if needed. build must be pure; when two callers
// race, one result is kept and both get it.
func Memoize[T any](m *Memo, key any, build func() T) T {
	if v, ok := m.m.Load(key); ok {
		return v.(T)
	}
	v, _ := m.m.LoadOrStore(key, build())
	return v.(T)
}

// Status is what is known about a key (pipeline 3.1).
type Status uint8

// The statuses. Pending is the zero value: nothing usable is known (yet).
const (
	Pending Status = iota
	Enabled
	Disabled
	Dummy // proxy mode: everything passes with a default config
)

var statusNames = [...]string{"pending", "enabled", "disabled", "dummy"}

func (s Status) String() string { return statusNames[s] }

// State is a project state as of one revision (pipeline 3.1).
type State struct {
	Disabled     bool
	Project      dsn.ProjectID // 0: none
	HasProject   bool
	Org          dsn.OrgID // 0: none
	HasOrg       bool
	Rev          string
	HasRev       bool
	LastChange   time.Time
	Slug         string
	HasSlug      bool
	Keys         []Key // only the first entry is used
	Upstream     string
	Config       Config
	Raw          []byte // the state as received, for re-serving and the projects table
	InvalidQuota []string
	Memo         Memo
}

// Key is one entry of publicKeys.
type Key struct {
	Public     dsn.PublicKey
	Numeric    dsn.KeyID // 0: none
	HasNumeric bool
}

// Scoping completes the scopes of a request with what the state knows (pipeline 2).
func (s *State) Scoping(key dsn.PublicKey, requested dsn.ProjectID) dsn.Scoping {
	sc := dsn.Scoping{Org: s.Org, Project: requested, Key: key}
	if s.HasProject {
		sc.Project = s.Project
	}
	if len(s.Keys) > 0 {
		sc.KeyID = s.Keys[0].Numeric
	}
	return sc
}

// Config is the `config` object (pipeline 3.2). RawJSON members are kept as text for the step that compiles them.
type Config struct {
	AllowedDomains       []string // nil never; default ["*"]
	TrustedRelays        []string
	VerifySignature      bool
	PII                  json.RawMessage // nil: none
	Grouping             json.RawMessage // nil: none
	Filters              FilterSettings
	Scrubbing            Scrubbing
	EventRetention       uint16 // days; 0: not set, means 90
	DownsampledRetention *uint16
	Retentions           map[string]Retention
	TrimSpanMaxSize      *uint32
	Quotas               []Quota
	Sampling             json.RawMessage // version 2 with all rules; nil: none or broken
	SamplingBroken       bool            // `sampling` was there but did not parse
	Measurements         *Measurements
	Breakdowns           json.RawMessage
	PerformanceScore     json.RawMessage
	SessionMetrics       uint16
	Features             map[Feature]bool
	TxNameRules          []TxNameRule
	TxNameReady          bool
	SpanDescriptionRules json.RawMessage
}

// Feature is the name of a feature flag (feature_flags.tsv).
type Feature string

// Scrubbing is datascrubbingSettings.
type Scrubbing struct {
	ExcludeFields, SensitiveFields []string
	ScrubData, ScrubIPAddresses    bool
	ScrubDefaults                  bool
}

// Retention is one entry of `retentions`, in days; a missing downsampled equals standard.
type Retention struct{ Standard, Downsampled uint16 }

// Quota is one quota (pipeline 5.1).
type Quota struct {
	ID         string // prefix of the counter; may be empty
	HasID      bool
	Categories []outcome.Category // ascending, Unknown last; empty means all
	Scope      QuotaScope
	ScopeID    *string
	Limit      *uint64 // nil: unlimited but counted
	Window     *uint64 // seconds
	Namespace  string  // empty: none
	ReasonCode outcome.Reason
	GroupBy    *GroupBy
}

// QuotaScope is the granularity of a quota.
type QuotaScope uint8

// The quota scopes.
const (
	QuotaOrganization QuotaScope = iota
	QuotaProject
	QuotaKey
	QuotaUnknown
)

// GroupBy counts every dimension value separately.
type GroupBy struct {
	MaxCardinality uint32
	Dimensions     []string // checkInEnvironment, checkInSlug, or unknown text
}

// Measurements is the `measurements` object.
type Measurements struct {
	Builtin   []BuiltinMeasurement
	MaxCustom int
}

// BuiltinMeasurement names a measurement that does not count as custom.
type BuiltinMeasurement struct {
	Name, Unit    string
	AllowNegative bool
}

// TxNameRule is one transaction name rule.
type TxNameRule struct {
	Pattern      string
	Expiry       time.Time
	Substitution string
	Unknown      bool // the redaction method is not known: matches, but changes nothing
}

// FilterSettings is filterSettings (filters 2). Patterns are in normalised form, invalid ones are gone; processors/filter compiles them.
type FilterSettings struct {
	BrowserExtensions  Switch
	ClientIPs          []string // blacklistedIps
	WebCrawlers        Switch
	CSPDisallowed      []string // csp.disallowedSources
	ErrorMessages      Patterns
	LegacyBrowsers     LegacyBrowsers
	Localhost          Switch
	Releases           []string
	IgnoreTransactions Patterns
	Generic            *GenericFilters // nil: none
}

// GenericFilters is a list of generic filters (filters 5.1), of the project or global.
type GenericFilters struct {
	Version uint16
	Filters []GenericFilter
}

// GenericFilter drops what its condition matches, with its id as reason.
type GenericFilter struct {
	ID        string
	Enabled   bool
	Condition *Condition // nil: none, or the global filter's of the same id
}

// Switch is a filter that is on or off.
type Switch struct{ Enabled bool }

// Patterns is a filter with glob patterns.
type Patterns struct {
	Enabled  bool
	Patterns []string
}

// LegacyBrowsers is the legacy browser filter.
type LegacyBrowsers struct {
	Enabled bool
	Options []string
}

// Global is the global config (pipeline 3.8).
type Global struct {
	Measurements   *Measurements
	Quotas         []Quota
	GenericFilters *GenericFilters // `filters`; nil: none or broken
	FiltersBroken  bool            // `filters` did not parse: generic filters count as unsupported (filters 5.3)
	Options        map[string]json.RawMessage
	SpanOpDefaults json.RawMessage // nil: none or broken
	AIModels       json.RawMessage // `aiModelMetadata`, passed on
	Raw            []byte
	Memo           Memo
}
