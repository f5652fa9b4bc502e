package scrub

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"weir/codecs/event"
	"weir/codecs/project"
)

// Compiled is the scrubbing of one project state. It is immutable and safe for concurrent use.
type Compiled struct {
	graphQL     bool
	passes      []*pass // the PII config first, then the generated one (scrub 1)
	own         *pass   // of the PII config, nil when there is none; an empty one counts
	attachments *attachments
	broken      []error
}

// Compile reads the PII config of a project (nil or null: none) and its data scrubbing settings. An error wraps ErrConfig
// and means that the whole project config is unreadable (scrub 2.3).
func Compile(pii json.RawMessage, settings project.Scrubbing) (*Compiled, error) {
	own, err := parseConfig(pii)
	if err != nil {
		return nil, err
	}
	c := &Compiled{graphQL: settings.ScrubData}
	if own != nil {
		c.own, c.broken = compile(own)
		c.attachments = compileAttachments(own)
		if len(own.applications) > 0 {
			c.passes = append(c.passes, c.own)
		}
	}
	if p := generatedPass(settings); p != nil {
		c.passes = append(c.passes, p)
	}
	return c, nil
}

// plainPasses are the passes of settings without field lists, which most projects share.
var plainPasses = [2][2]func() *pass{
	{func() *pass { return nil }, plainPass(project.Scrubbing{ScrubIPAddresses: true})},
	{plainPass(project.Scrubbing{ScrubData: true, ScrubDefaults: true}), plainPass(project.Scrubbing{ScrubData: true, ScrubDefaults: true, ScrubIPAddresses: true})},
}

func plainPass(s project.Scrubbing) func() *pass {
	return sync.OnceValue(func() *pass {
		p, _ := compile(generate(s)) // builtin patterns compile
		return p
	})
}

// generatedPass returns the pass of data scrubbing settings, nil when they ask for nothing.
func generatedPass(s project.Scrubbing) *pass {
	if len(s.ExcludeFields) == 0 && sensitiveFields(s) == nil {
		return plainPasses[index(s.ScrubData && s.ScrubDefaults)][index(s.ScrubIPAddresses)]()
	}
	c := generate(s)
	if c == nil {
		return nil
	}
	p, _ := compile(c) // escaped words compile
	return p
}

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Broken lists the rules that do nothing because their pattern does not compile.
func (c *Compiled) Broken() []error { return c.broken }

// Event scrubs a normalized event in place (scrub 1, order inside one event).
func (c *Compiled) Event(doc *event.Doc) {
	if doc == nil || doc.Root.Kind() != event.Object {
		return
	}
	if c.graphQL {
		scrubGraphQL(doc)
	}
	for _, p := range c.passes {
		p.event(doc)
	}
}

// Validate checks a PII config as an administrator wants it checked: it must be readable, and the patterns of all rules
// that an application reaches must compile (scrub 2.3).
func Validate(pii json.RawMessage) error {
	c, err := readConfig(pii)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if _, broken := compile(c); len(broken) > 0 {
		return fmt.Errorf("%w: %w", ErrConfig, errors.Join(broken...))
	}
	return nil
}

// Generated returns the config that data scrubbing settings stand for as canonical JSON, {} when there is none. It does not
// show that the pattern of sensitive fields is case-insensitive (scrub 7.2).
func Generated(settings project.Scrubbing) (json.RawMessage, error) {
	c := generate(settings)
	if c == nil {
		c = new(config)
	}
	return json.Marshal(c)
}

// Canonical returns a PII config in canonical form.
func Canonical(pii json.RawMessage) (json.RawMessage, error) {
	c, err := readConfig(pii)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return json.Marshal(c)
}
