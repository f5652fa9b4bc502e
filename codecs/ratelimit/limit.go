package ratelimit

import (
	"time"

	"weir/codecs/dsn"
	"weir/codecs/outcome"
)

// ScopeKind says what a limit applies to.
type ScopeKind uint8

// The scopes of quotas and limits. An unknown scope of a quota reports as ScopeKey (pipeline 5.3, 6.1).
const (
	ScopeOrganization ScopeKind = iota
	ScopeProject
	ScopeKey
)

// Scope is an instance of a scope; only the member that Kind names is set. Where the id of the organization or project is not known, as in
// proxy mode, that member is zero and Key names the key whose organization or project it is.
type Scope struct {
	Kind    ScopeKind
	Org     dsn.OrgID
	Project dsn.ProjectID
	Key     dsn.PublicKey
}

// Limit is one rate limit (pipeline 6.1).
type Limit struct {
	Categories  []outcome.Category // ascending, Unknown last; empty means all
	Scope       Scope
	Reason      outcome.Reason // empty: none
	Expires     time.Time
	Namespaces  []string // 0 or 1 from a quota
	Dimensional bool     // from a groupBy quota; never cached
	// Found orders limits by their discovery, in microseconds since 1970; 0: not told. It is no part of what a limit says.
	Found int64
}
