package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/processors"
	"weir/processors/normalize"
	"weir/processors/scrub"
)

// library says how the library form of normalization (normalize 18) is to be done. It travels in the context of one run.
type library struct {
	normalize bool // false: the event is only read by the schema
	inputs    normalize.Inputs
}

type libraryKey struct{}

// libraryStep stands in the chain for normalization as a server does it.
func libraryStep(n *normalize.Normalizer) processors.Step {
	return func(ctx context.Context, u *processors.Unit) processors.Verdict {
		lib, ok := ctx.Value(libraryKey{}).(*library)
		if !ok || u.Main == nil || u.Main.Type == envelope.TypeAttachment {
			return processors.Keep()
		}
		doc, err := event.Parse(u.Main.Payload)
		if err != nil {
			return processors.Drop(outcome.Invalid, normalize.ReasonInvalidJSON)
		}
		in := lib.inputs
		if !lib.normalize {
			in = normalize.Inputs{ReadOnly: true}
		}
		in.Random = func(purpose string) [16]byte { return u.Receipt.Derive(u.Main.Index, purpose) }
		if reason, err := n.Normalize(doc, in); err != nil {
			doc.Release()
			return processors.Drop(outcome.Invalid, reason)
		}
		u.Event = doc
		switch doc.Root.Get("type").Text() {
		case "transaction":
			u.EventCategory = outcome.Transaction
		case "csp":
			u.EventCategory = outcome.Security
		case "feedback":
			u.EventCategory = outcome.Feedback
		}
		return processors.Keep()
	}
}

// tryMeta is `meta` of a line.
type tryMeta struct {
	ReceivedAt  string          `json:"received_at"`
	SentAt      string          `json:"sent_at"`
	ClientIP    string          `json:"client_ip"`
	UserAgent   string          `json:"user_agent"`
	Client      string          `json:"client"`
	ProjectID   uint64          `json:"project_id"`
	KeyID       string          `json:"key_id"`
	Version     string          `json:"protocol_version"`
	Grouping    json.RawMessage `json:"grouping_config"`
	Past        *float64        `json:"max_secs_in_past"`
	Future      *float64        `json:"max_secs_in_future"`
	Trim        bool            `json:"enable_trimming"`
	Renormalize bool            `json:"is_renormalize"`
	RemoveOther *bool           `json:"remove_other"`
	UserAgents  bool            `json:"normalize_user_agent"`
	SampleRate  *float64        `json:"client_sample_rate"`
	ReplayID    string          `json:"replay_id"`
	Spans       bool            `json:"normalize_spans"`
	Hints       tryHints        `json:"client_hints"`
}

type tryHints struct {
	UA              string `json:"sec_ch_ua"`
	Platform        string `json:"sec_ch_ua_platform"`
	PlatformVersion string `json:"sec_ch_ua_platform_version"`
	Model           string `json:"sec_ch_ua_model"`
}

// apply fills in what meta says about a case.
func (cs *trial) apply(raw []byte) error {
	var m tryMeta
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &m); err != nil {
			return fmt.Errorf("meta: %w", err)
		}
	}
	cs.clientIP, cs.userAgent, cs.client = first(m.ClientIP, cs.clientIP), first(m.UserAgent, cs.userAgent), m.Client
	for _, t := range []struct {
		name, text string
		to         *time.Time
	}{{"received_at", m.ReceivedAt, &cs.receivedAt}, {"sent_at", m.SentAt, &cs.sentAt}} {
		if t.text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, t.text)
		if err != nil {
			return fmt.Errorf("meta: %s: %q is not an RFC 3339 time", t.name, t.text)
		}
		*t.to = at.UTC()
		cs.now = cs.now && t.to != &cs.receivedAt
	}
	lib := &library{inputs: normalize.Inputs{
		ReceivedAt: cs.receivedAt, Project: m.ProjectID, KeyID: m.KeyID, Version: m.Version, Client: cs.client, Grouping: m.Grouping, ClientIP: cs.clientIP,
		UserAgent: cs.userAgent, Hints: envelope.ClientHints{UA: m.Hints.UA, Platform: m.Hints.Platform, PlatformVersion: m.Hints.PlatformVersion, Model: m.Hints.Model},
		MaxPast: limit(m.Past), MaxFuture: limit(m.Future), Trim: m.Trim, Renormalize: m.Renormalize, KeepUnknown: m.Renormalize,
		UserAgents: m.UserAgents, SampleRate: m.SampleRate, Spans: m.Spans,
	}}
	if m.RemoveOther != nil {
		lib.inputs.KeepUnknown = !*m.RemoveOther
	}
	if m.ReplayID != "" {
		id, err := envelope.ParseEventID(m.ReplayID)
		if err != nil {
			return errors.New("meta: replay_id: not an id")
		}
		lib.inputs.ReplayID = id
	}
	cs.library = lib
	return nil
}

// limit is a limit of n seconds; nil: none.
func limit(n *float64) normalize.Limit {
	if n == nil {
		return normalize.Limit{}
	}
	return normalize.Within(time.Duration(*n * float64(time.Second)))
}

// untouched says that scrubbing a project's events would do nothing at all, not even read them.
func untouched(s *project.State) bool {
	if s == nil {
		return true
	}
	if pii := bytes.TrimSpace(s.Config.PII); len(pii) > 0 && string(pii) != "{}" && string(pii) != "null" {
		return false
	}
	generated, err := scrub.Generated(s.Config.Scrubbing)
	return err == nil && string(generated) == "{}"
}
