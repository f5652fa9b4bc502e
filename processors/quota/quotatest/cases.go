package quotatest

import (
	_ "embed"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/processors/quota"
)

//go:embed testdata/quotas.json
var vectors []byte

// Case is a list of checks that share counters.
type Case struct {
	ID      string
	Title   string
	MaxRate *int64 `json:"max_rate_limit"` // seconds; nil: no cap
	Scoping struct {
		Org     dsn.OrgID     `json:"organization_id"`
		Project dsn.ProjectID `json:"project_id"`
		Key     dsn.PublicKey `json:"public_key"`
		KeyID   *dsn.KeyID    `json:"key_id"`
	}
	Quotas  json.RawMessage
	Dropped []int    `json:"quotas_dropped_on_load"`
	Preset  []string `json:"preset_redis"`
	Steps   []Step
}

// Step is one check with what it causes.
type Step struct {
	Now   int64
	First []string `json:"redis_commands_first"`
	Item  struct {
		Category   string
		Namespace  string
		Dimensions map[string]string
	}
	Quantity   uint64
	OverAccept bool `json:"over_accept_once"`
	Before     Dump `json:"redis_before"`
	After      Dump `json:"redis_after"`
	Call       *Call
	Reply      []*int64 `json:"script_reply"`
	Decision   string
	Limits     []struct{ Dimensional bool }
	Header     string
	Reason     *string
}

// Dump is the content of a store by key.
type Dump map[string]Entry

// Entry is one key. Value is a string or a map of fields.
type Entry struct {
	Type     string
	Value    any
	ExpireAt int64 `json:"expire_at"`
}

// Call is what the store is asked.
type Call struct {
	Keys []string
	Args []any
}

// RawCase is a single call of the store.
type RawCase struct {
	ID     string
	Preset []string `json:"preset_redis"`
	Call
	Before Dump `json:"redis_before"`
	After  Dump `json:"redis_after"`
	Reply  []*int64
}

// RawNow is a time at which the raw cases hold.
const RawNow = 2_000_000_000

type file struct {
	Cases []Case
	Raw   []RawCase `json:"raw_script_cases"`
}

func load(t *testing.T) file {
	t.Helper()
	var f file
	// The name of the call differs between the two kinds of cases.
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(vectors), `"script_call"`, `"call"`)), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// Cases returns the worked cases.
func Cases(t *testing.T) []Case { return load(t).Cases }

// RawCases returns the calls of a store without a quota.
func RawCases(t *testing.T) []RawCase { return load(t).Raw }

// NeedsRedisCommands says that another program changes counters in the case.
func (c *Case) NeedsRedisCommands() bool {
	for _, s := range c.Steps {
		if len(s.First) > 0 {
			return true
		}
	}
	return len(c.Preset) > 0
}

// MaxRateLimit is the cap of the case.
func (c *Case) MaxRateLimit() time.Duration {
	if c.MaxRate == nil {
		return quota.NoCap
	}
	return time.Duration(*c.MaxRate) * time.Second
}

// State parses a config with the quotas of the case.
func (c *Case) State(t *testing.T) *project.State {
	t.Helper()
	b, err := json.Marshal(map[string]any{"config": map[string]any{"quotas": c.Quotas}})
	if err != nil {
		t.Fatal(err)
	}
	st, err := project.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// Request is what a step asks the limiter.
func (c *Case) Request(st *project.State, s Step) *quota.Request {
	r := &quota.Request{
		Item: quota.Item{
			Category:  outcome.ParseCategory(s.Item.Category),
			Scope:     dsn.Scoping{Org: c.Scoping.Org, Project: c.Scoping.Project, Key: c.Scoping.Key},
			Namespace: s.Item.Namespace,
		},
		Quantity: s.Quantity, OverAccept: s.OverAccept, Now: time.Unix(s.Now, 0), State: st,
	}
	if c.Scoping.KeyID != nil {
		r.Item.Scope.KeyID = *c.Scoping.KeyID
	}
	if s.Item.Namespace == "*" {
		r.Item.Namespace, r.Item.AnyNamespace = "", true
	}
	if d := s.Item.Dimensions; d != nil {
		r.Item.Dimensions = quota.Dimensions{Present: true, Environment: d[project.DimensionEnvironment], Slug: d[project.DimensionSlug]}
	}
	return r
}

// Counters are the arguments of the call as the store gets them.
func (c *Call) Counters(t *testing.T) []quota.Counter {
	t.Helper()
	num := func(v any) int64 {
		f, ok := v.(float64)
		if !ok {
			t.Fatalf("argument %v is no number", v)
		}
		if f >= 1<<63 {
			return 1<<63 - 1
		}
		return int64(f)
	}
	var list []quota.Counter
	for i := 0; i < len(c.Keys); i += 2 {
		a := c.Args[3*i:]
		k := quota.Counter{
			Key: c.Keys[i], Refund: c.Keys[i+1], Limit: num(a[0]), ExpireAt: num(a[1]), Quantity: num(a[2]),
			OverAccept: num(a[3]) == 1, MaxFields: num(a[5]),
		}
		if field, ok := a[4].(string); ok && field != "_" {
			k.Field = field
		}
		list = append(list, k)
	}
	return list
}
