package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"weir/cmd/weir/config"
	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/jsontext"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/processors/chain"
	"weir/processors/normalize"
	"weir/processors/quota/memory"
)

// trial is one case of `weir try`.
type trial struct {
	state      *project.State // nil: a project without any settings
	global     *project.Global
	envelope   *envelope.Envelope
	steps      chain.StepSet
	receivedAt time.Time
	now        bool // receivedAt is the time of the run, so that no id may depend on it
	clientIP   string
	userAgent  string
	client     string
	sentAt     time.Time
	seed       []byte   // what ids derive from
	library    *library // library form of normalization; nil: as a server does
}

// tryer runs cases. Quotas are counted in its memory.
type tryer struct {
	server, library *chain.Chain
	states          stateCache
}

// noSteps is a step set without any of the selectable steps: its zero value would mean all.
const noSteps chain.StepSet = 1 << 7

// allSteps are the selectable steps in the order of the chain of errors.
var allSteps = []struct {
	name string
	set  chain.StepSet
}{{"normalize", chain.StepNormalize}, {"filter", chain.StepFilter}, {"quota", chain.StepQuota}, {"scrub", chain.StepScrub}}

func newTryer(w *world) (*tryer, error) {
	cfg, err := config.Load(config.Source{Environ: w.environ})
	if err != nil {
		return nil, usageError{err}
	}
	store := memory.New()
	server := chainConfig(cfg, store, time.Now)
	lib := chainConfig(cfg, store, nil)
	lib.Extra = []chain.NamedStep{{Name: "normalize", Step: libraryStep(normalize.New(lib.Normalize))}}
	if err := errors.Join(server.Validate(), lib.Validate()); err != nil {
		return nil, err
	}
	return &tryer{server: chain.New(server), library: chain.New(lib)}, nil
}

func parseSteps(names []string) (set chain.StepSet, err error) {
	set = noSteps
next:
	for _, name := range names {
		for _, s := range allSteps {
			if s.name == strings.TrimSpace(name) {
				set |= s.set
				continue next
			}
		}
		return 0, fmt.Errorf("%q is none of normalize, filter, quota, scrub", name)
	}
	return set, nil
}

// has reports whether a selectable step runs.
func (cs *trial) has(s chain.StepSet) bool { return cs.steps == 0 || cs.steps&s != 0 }

// run takes a case through the chain. trail keeps events in the result and says what each step changed.
func (t *tryer) run(ctx context.Context, cs *trial, trail bool) chain.Result {
	e := *cs.envelope
	e.Items = append([]envelope.Item{}, cs.envelope.Items...) // the chain may remove some
	cs.facts(&e.Header)
	state, status := cs.state, project.Enabled
	if state == nil {
		state = bareProject
	}
	if state.Disabled {
		status = project.Disabled
	}
	in := chain.Input{
		Record:   &raw.Record{Receipt: cs.receipt(), EventID: e.Header.EventID, ReceivedAt: cs.receivedAt, Key: keyOf(state), Items: len(e.Items)},
		Envelope: &e, Status: status, State: state, Global: cs.global, Now: cs.receivedAt, Steps: cs.steps, Trail: trail,
	}
	if !cs.has(chain.StepQuota) {
		in.Quotas = chain.QuotaSkip // not even the limits that admission knows
	}
	if cs.library == nil && cs.has(chain.StepNormalize) {
		return t.server.Run(ctx, in)
	}
	lib := cs.library
	if lib == nil {
		lib = &library{}
	}
	lib.normalize = cs.has(chain.StepNormalize)
	if in.Steps &^= chain.StepNormalize; cs.steps == 0 {
		in.Steps = noSteps | chain.StepFilter | chain.StepQuota | chain.StepScrub
	}
	return t.library.Run(context.WithValue(ctx, libraryKey{}, lib), in)
}

// facts completes the envelope header as the edge would.
func (cs *trial) facts(h *envelope.Header) {
	if cs.clientIP != "" {
		h.RemoteAddr, h.ForwardedFor = cs.clientIP, cs.clientIP
	}
	h.UserAgent = first(cs.userAgent, h.UserAgent)
	h.Client = first(cs.client, h.Client)
	if !cs.sentAt.IsZero() {
		h.SentAt = cs.sentAt
	}
}

// receipt depends on the input alone, so that a second run gives the same ids.
func (cs *trial) receipt() raw.ReceiptID {
	at := cs.receivedAt
	if cs.now {
		at = time.UnixMilli(0)
	}
	sum := sha256.Sum256(cs.seed)
	return raw.NewReceipt(at, [10]byte(sum[:10]))
}

// tryKey is the public key of states that have none.
const tryKey dsn.PublicKey = "00000000000000000000000000000000"

func keyOf(s *project.State) dsn.PublicKey {
	if len(s.Keys) > 0 {
		return s.Keys[0].Public
	}
	return tryKey
}

// bareProject has no settings at all.
var bareProject = func() *project.State {
	s := project.Default()
	s.Org, s.Project, s.HasProject, s.Keys = 1, 42, true, []project.Key{{Public: tryKey, Numeric: 1}}
	return s
}()

// tryProject is the project of people who name none: data scrubbing is on, as in every new project.
func tryProject() *project.State {
	s := project.Default()
	s.Org, s.Project, s.HasProject, s.Keys = 1, 42, true, bareProject.Keys
	s.Config.Scrubbing = project.Scrubbing{ScrubData: true, ScrubDefaults: true}
	return s
}

// parseState reads a project state; a missing key and missing ids are made up, so that nothing is refused for the lack of them. id is that of a
// project whose state names none; 0: one is made up too.
func parseState(b []byte, id dsn.ProjectID) (*project.State, error) {
	s, err := project.Parse(b)
	if err != nil {
		return nil, err
	}
	if len(s.Keys) == 0 {
		s.Keys = bareProject.Keys
	}
	if !s.HasProject {
		s.Project, s.HasProject = cmp.Or(id, bareProject.Project), true
	}
	if s.Org == 0 {
		s.Org = bareProject.Org
	}
	return s, nil
}

// eventEnvelope wraps an event as the store endpoint does.
func eventEnvelope(b []byte) *envelope.Envelope {
	e := &envelope.Envelope{Items: []envelope.Item{{Type: envelope.TypeEvent, Length: len(b), ContentType: "application/json", Payload: b}}}
	r := jsontext.NewReader(b, 0)
	for ok := r.Object(); ok && r.More(); {
		switch key, value := r.Key(), r.Value(); string(key) {
		case "type":
			switch string(value) {
			case `"transaction"`:
				e.Items[0].Type = envelope.TypeTransaction
			case `"feedback"`:
				e.Items[0].Type = envelope.TypeFeedback
			}
		case "event_id":
			if id, ok := jsontext.Text(value); ok {
				e.Header.EventID, _ = envelope.ParseEventID(string(id))
			}
		}
	}
	return e
}
