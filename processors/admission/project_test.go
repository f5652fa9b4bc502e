package admission

import (
	"errors"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/outcome"
	"weir/codecs/project"
)

func state(t testing.TB, text string) *project.State {
	t.Helper()
	s, err := project.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const (
	own   = `"publicKeys":[{"publicKey":"e12d836b15bb49d7bbf99e64295d995b"}]`
	other = `"publicKeys":[{"publicKey":"00000000000000000000000000000000"}]`
	relay = "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"
)

func TestCheckProject(t *testing.T) {
	received := time.Unix(1_000_000, 0)
	cfg := ProjectConfig{SignatureMaxAge: 5 * time.Minute, Verify: func(key, signature string, data []byte, at time.Time, maxAge time.Duration) error {
		if key != relay || signature != "good" || len(data) != 0 || !at.Equal(received) || maxAge != 5*time.Minute {
			return errors.New("invalid")
		}
		return nil
	}}
	signed := `"trustedRelays":["` + relay + `"],"trustedRelaySettings":{"verifySignature":"enabled"}`
	for name, c := range map[string]struct {
		status project.Status
		state  string
		req    func(r *Request)
		cfg    func(c *ProjectConfig)
		want   outcome.Reason
		camel  string
	}{
		"fits":                         {state: `{"projectId":42,` + own + `}`},
		"disabled":                     {status: project.Disabled, want: "project_id", camel: "ProjectId"},
		"pending":                      {status: project.Pending, state: `{"projectId":1}`},
		"dummy":                        {status: project.Dummy, state: `{"projectId":1}`},
		"other project":                {state: `{"projectId":43,` + own + `}`, want: "project_id", camel: "ProjectId"},
		"other project, overridden":    {state: `{"projectId":43,` + own + `}`, cfg: func(c *ProjectConfig) { c.OverrideProjectIDs = true }},
		"no project in the request":    {state: `{"projectId":43,` + own + `}`, req: func(r *Request) { r.Project = 0 }},
		"project 0 in the request":     {state: `{"projectId":43,` + own + `}`, req: func(r *Request) { r.Project, r.Zero = 0, true }, want: "project_id", camel: "ProjectId"},
		"project 0 in both":            {state: `{"projectId":0,` + own + `}`, req: func(r *Request) { r.Project, r.Zero = 0, true }},
		"project 0, overridden":        {state: `{"projectId":43,` + own + `}`, req: func(r *Request) { r.Project, r.Zero = 0, true }, cfg: func(c *ProjectConfig) { c.OverrideProjectIDs = true }},
		"no project in the config":     {state: `{` + own + `}`},
		"other key":                    {state: `{"projectId":42,` + other + `}`, want: "project_id", camel: "ProjectId"},
		"no key and no project":        {state: `{}`},
		"no key but a project":         {state: `{"projectId":42}`, want: "project_id", camel: "ProjectId"},
		"origin not allowed":           {state: `{"projectId":42,` + own + `,"config":{"allowedDomains":["a.com"]}}`, req: func(r *Request) { r.Origin = "http://b.com" }, want: "cors", camel: "Cors"},
		"origin before key":            {state: `{"projectId":42,` + other + `,"config":{"allowedDomains":[]}}`, req: func(r *Request) { r.Origin = "http://b.com" }, want: "cors", camel: "Cors"},
		"project before origin":        {state: `{"projectId":43,` + own + `,"config":{"allowedDomains":[]}}`, req: func(r *Request) { r.Origin = "http://b.com" }, want: "project_id", camel: "ProjectId"},
		"no origin, none allowed":      {state: `{"projectId":42,` + own + `,"config":{"allowedDomains":[]}}`},
		"feature is off":               {state: `{` + own + `}`, req: func(r *Request) { r.Features = []project.Feature{project.FeatureLogs} }, want: "feature_disabled", camel: "FeatureDisabled(OurLogsIngestion)"},
		"feature is on":                {state: `{` + own + `,"config":{"features":["organizations:ourlogs-ingestion"]}}`, req: func(r *Request) { r.Features = []project.Feature{project.FeatureLogs} }},
		"signature is missing":         {state: `{` + own + `,"config":{` + signed + `}}`, want: "missing_signature", camel: "MissingSignature"},
		"signature is good":            {state: `{` + own + `,"config":{` + signed + `}}`, req: func(r *Request) { r.Signature = "good" }},
		"signature is bad":             {state: `{` + own + `,"config":{` + signed + `}}`, req: func(r *Request) { r.Signature = "bad" }, want: "invalid_signature", camel: "InvalidSignature"},
		"signature of nobody":          {state: `{` + own + `,"config":{"trustedRelaySettings":{"verifySignature":"enabled"}}}`, req: func(r *Request) { r.Signature = "good" }, want: "invalid_signature", camel: "InvalidSignature"},
		"signature is bad but trusted": {state: `{` + own + `,"config":{` + signed + `}}`, req: func(r *Request) { r.Signature, r.Trusted = "bad", true }},
		"nobody can verify":            {state: `{` + own + `,"config":{` + signed + `}}`, req: func(r *Request) { r.Signature = "good" }, cfg: func(c *ProjectConfig) { c.Verify = nil }, want: "invalid_signature", camel: "InvalidSignature"},
		"signature is not asked for":   {state: `{` + own + `,"config":{"trustedRelays":["` + relay + `"]}}`, req: func(r *Request) { r.Signature = "bad" }},
	} {
		req := Request{Key: "e12d836b15bb49d7bbf99e64295d995b", Project: 42, ReceivedAt: received}
		if c.req != nil {
			c.req(&req)
		}
		config := cfg
		if c.cfg != nil {
			c.cfg(&config)
		}
		status := c.status
		var st *project.State
		if c.state != "" {
			st = state(t, c.state)
		}
		if status == project.Pending && name != "pending" {
			status = project.Enabled
		}
		got := CheckProject(config, req, status, st)
		if got.Reason != c.want || got.OK() != (c.want == "") || got.Name() != c.camel {
			t.Errorf("%s: %q %q, want %q %q", name, got.Reason, got.Name(), c.want, c.camel)
		}
	}
}

func TestCheckProjectAllocatesNothing(t *testing.T) {
	st := state(t, `{"projectId":42,`+own+`}`)
	req := Request{Key: dsn.PublicKey("e12d836b15bb49d7bbf99e64295d995b"), Project: 42, Origin: "https://example.com"}
	CheckProject(ProjectConfig{}, req, project.Enabled, st)
	if n := testing.AllocsPerRun(100, func() { CheckProject(ProjectConfig{}, req, project.Enabled, st) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
