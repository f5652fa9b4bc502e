package projects

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"weir/codecs/project"
)

// GlobalKey is the row of the global config (pipeline 3.8). No public key has it: keys have 32 characters.
const GlobalKey = "@global"

// UpstreamKey is the row that says how a process of weir gets on with the upstream (weir status).
const UpstreamKey = "@upstream"

// IsProject reports whether a row is that of a public key.
func IsProject(key string) bool { return !strings.HasPrefix(key, "@") || len(key) == 32 }

// Entry is one row of the projects table. Times have milliseconds.
type Entry struct {
	// Status is Enabled or Disabled; Pending rows are not written.
	Status project.Status
	// State is the state as the source gave it; of a Disabled one the scopes alone, nil where no organization is known. In the row GlobalKey
	// it is the global config.
	State []byte
	// Source names who answered: a Source's name, or SourceNone.
	Source string
	// Updated is when the last fetch was completed, with a new state or "unchanged".
	Updated time.Time
	// Evict is when the row counts as absent, unless a fetch is running. Zero: never, the source says itself when
	// something changes (files).
	Evict time.Time
	// Asked is when a fetch began that is still not completed; zero when there is none. It keeps the row in use
	// without end (edge 10.2).
	Asked time.Time
}

// SourceNone is Entry.Source of a key that no source knows.
const SourceNone = "none"

// SourcePushed is Entry.Source of a row that an operator has written; it holds until it is taken away.
const SourcePushed = "pushed"

type row struct {
	Status  string          `json:"status"`
	Source  string          `json:"source,omitempty"`
	Updated int64           `json:"updated"`
	Evict   int64           `json:"evict,omitempty"`
	Asked   int64           `json:"asked,omitempty"`
	State   json.RawMessage `json:"state,omitempty"`
}

// Encode returns the row's value, with State in compact form. State must be valid JSON.
func (e Entry) Encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(row{Status: e.Status.String(), Source: e.Source, Updated: millis(e.Updated), Evict: millis(e.Evict),
		Asked: millis(e.Asked), State: e.State})
	if err != nil {
		return nil, fmt.Errorf("encode projects row: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// DecodeEntry reads a row's value.
func DecodeEntry(b []byte) (Entry, error) {
	var r row
	if err := json.Unmarshal(b, &r); err != nil {
		return Entry{}, fmt.Errorf("decode projects row: %w", err)
	}
	e := Entry{State: r.State, Source: r.Source, Updated: instant(r.Updated), Evict: instant(r.Evict), Asked: instant(r.Asked)}
	switch r.Status {
	case project.Enabled.String():
		e.Status = project.Enabled
	case project.Disabled.String():
		e.Status = project.Disabled
	default:
		return Entry{}, fmt.Errorf("decode projects row: status %q", r.Status)
	}
	return e, nil
}

// scopes is what stays of a state that is disabled: whose key it is, for the outcomes of what came before that was known.
func scopes(s *project.State) []byte {
	if s.Org == 0 {
		return nil
	}
	b := fmt.Appendf(nil, `{"disabled":true,"organizationId":%d`, s.Org)
	if s.HasProject {
		b = fmt.Appendf(b, `,"projectId":%d`, s.Project)
	}
	if len(s.Keys) > 0 {
		b = fmt.Appendf(b, `,"publicKeys":[{"publicKey":%q,"numericId":%d}]`, s.Keys[0].Public, s.Keys[0].Numeric)
	}
	return append(b, '}')
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
