package intake

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/raw"
	"weir/edge"
	"weir/edge/admission"
	"weir/edge/body"
)

// Config is what the operator sets about the endpoints. Sizes are bytes of decoded bodies.
type Config struct {
	// Upstream gives scheme, host and port of the DSN in envelope headers (edge 4.2).
	Upstream dsn.DSN
	// InternalRelays are the auth.static_relays with internal: true (edge 4.4).
	InternalRelays map[envelope.EventID]bool

	MaxEnvelopeSize    int64 // limits.max_envelope_size
	MaxEventSize       int64 // limits.max_event_size
	MaxAttachmentSize  int64
	MaxAttachmentsSize int64
	MaxUploadSize      int64
	MaxContainerSize   int64
	// Product is the client of envelopes that weir makes for protocols without one (edge 8.8, 8.9).
	Product string
}

// DefaultConfig has the limits of edge-config.tsv.
func DefaultConfig() Config {
	const mib = 1 << 20
	return Config{
		Upstream:           dsn.DSN{Scheme: "https", Host: "sentry.io"},
		MaxEnvelopeSize:    200 * mib,
		MaxEventSize:       mib,
		MaxAttachmentSize:  200 * mib,
		MaxAttachmentsSize: 200 * mib,
		MaxUploadSize:      1024 * mib,
		MaxContainerSize:   12 * mib,
		Product:            "weir",
	}
}

// Validate reports what makes no sense.
func (c Config) Validate() error {
	var errs []error
	for _, l := range []struct {
		name string
		n    int64
	}{
		{"max_envelope_size", c.MaxEnvelopeSize}, {"max_event_size", c.MaxEventSize}, {"max_attachment_size", c.MaxAttachmentSize},
		{"max_attachments_size", c.MaxAttachmentsSize}, {"max_upload_size", c.MaxUploadSize}, {"max_container_size", c.MaxContainerSize},
	} {
		if l.n < 0 {
			errs = append(errs, fmt.Errorf("limits.%s: %d is negative", l.name, l.n))
		}
	}
	if c.Upstream.Scheme == "" || c.Upstream.Host == "" {
		errs = append(errs, errors.New("the upstream has no scheme or no host"))
	}
	return errors.Join(errs...)
}

// Intake has the ingestion endpoints.
type Intake struct {
	cfg      Config
	upstream dsn.DSN // scheme, host and port only
	gate     *admission.Gate
	budget   *body.Budget
}

// New returns the endpoints in front of a gate. budget bounds the memory of request bodies; nil: no bound.
func New(cfg Config, gate *admission.Gate, budget *body.Budget) (*Intake, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	up := dsn.DSN{Scheme: cfg.Upstream.Scheme, Host: cfg.Upstream.Host, Port: cfg.Upstream.Port}
	return &Intake{cfg: cfg, upstream: up, gate: gate, budget: budget}, nil
}

// Routes returns the rows of edge 1.1 that are ingestion, all of them with CORS.
func (in *Intake) Routes() []edge.Route {
	logs := in.otlp(protocol{envelope.IntegrationOTLPLogsJSON, envelope.IntegrationOTLPLogsProtobuf, []string{featureLogs}})
	traces := in.otlp(protocol{envelope.IntegrationOTLPSpansJSON, envelope.IntegrationOTLPSpansProtobuf, nil})
	post, both := []string{http.MethodPost}, []string{http.MethodPost, http.MethodGet}
	return []edge.Route{
		{Path: "/api/{}/envelope/", Methods: post, CORS: true, Handle: in.envelope},
		{Path: "/api/{}/store/", Methods: both, CORS: true, Handle: in.store},
		{Path: "/api/store/", Methods: both, CORS: true, Handle: in.storeAnyProject},
		{Path: "/api/{}/security/", Methods: post, CORS: true, Handle: in.security},
		{Path: "/api/{}/csp-report/", Methods: post, CORS: true, Handle: in.security},
		{Path: "/api/{}/minidump/", Methods: post, CORS: true, Handle: in.minidump},
		{Path: "/api/{}/minidump", Methods: post, CORS: true, Handle: in.minidump},
		{Path: "/api/{}/events/{}/attachments/", Methods: post, CORS: true, Handle: in.attachments},
		{Path: "/api/{}/cron/{}", Methods: both, CORS: true, Handle: in.cron},
		{Path: "/api/{}/cron/{}/", Methods: both, CORS: true, Handle: in.cron},
		{Path: "/api/{}/cron/{}/{}", Methods: both, CORS: true, Handle: in.cron},
		{Path: "/api/{}/cron/{}/{}/", Methods: both, CORS: true, Handle: in.cron},
		{Path: "/api/{}/nel/", Methods: post, CORS: true, Handle: in.nel},
		{Path: "/api/{}/integration/otlp/v1/logs", Methods: post, CORS: true, Handle: logs},
		{Path: "/api/{}/integration/otlp/v1/logs/", Methods: post, CORS: true, Handle: logs},
		{Path: "/api/{}/integration/otlp/v1/traces", Methods: post, CORS: true, Handle: traces},
		{Path: "/api/{}/integration/otlp/v1/traces/", Methods: post, CORS: true, Handle: traces},
		{Path: "/api/{}/integration/vercel/logs", Methods: post, CORS: true, Handle: in.vercel},
		{Path: "/api/{}/integration/vercel/logs/", Methods: post, CORS: true, Handle: in.vercel},
		{Path: "/api/{}/unreal/{}/", Methods: post, CORS: true, Handle: in.unreal},
		{Path: "/api/{}/upload/", Methods: post, CORS: true, Handle: in.noUploads},
		{Path: "/api/{}/upload/{}/", Methods: []string{http.MethodPatch}, CORS: true, Handle: in.noUploads},
	}
}

// noUploads answers R15 as the contract does while its switch is off (edge 8.12).
func (in *Intake) noUploads(x *edge.Exchange) edge.Reply {
	if _, problem := in.authenticate(x, x.Params[0], "", false, false); problem.Status != 0 {
		return problem
	}
	if x.R.Method == http.MethodPatch {
		_, ok, problem := queryValue(x.R.URL.RawQuery, "upload_signature")
		switch {
		case problem.Status != 0:
			return problem
		case !ok:
			return badQuery("missing field `upload_signature`")
		}
	}
	return edge.Empty(http.StatusServiceUnavailable)
}

// readBody reads the decoded body; on failure reply has a status (edge 7.2, 9.2).
func (in *Intake) readBody(x *edge.Exchange, limit int64) (buf *body.Buffer, reply edge.Reply) {
	buf, err := body.Read(x.R, limit, in.budget)
	switch {
	case err == nil:
		return buf, edge.Reply{}
	case errors.Is(err, body.ErrTooLarge):
		return nil, edge.Text(http.StatusRequestEntityTooLarge, "Failed to buffer the request body: length limit exceeded")
	case errors.Is(err, body.ErrNoMemory):
		return nil, admission.Unavailable(err.Error())
	}
	return nil, edge.Text(http.StatusBadRequest, "Failed to buffer the request body: "+err.Error())
}

// submission prepares an envelope for the gate.
func (s *sender) submission(e *envelope.Envelope) *admission.Submission {
	return &admission.Submission{Envelope: e, Receipt: newReceipt(s), Key: s.DSN.Key, Project: s.DSN.Project, Zero: s.DSN.Project == 0 && !s.AnyProject, ReceivedAt: s.receivedAt,
		Trusted: s.trusted, Signature: s.signature}
}

// newReceipt makes the id of a request. It must be unique, not secret.
func newReceipt(s *sender) raw.ReceiptID {
	var random [10]byte
	binary.LittleEndian.PutUint64(random[:8], rand.Uint64())
	binary.LittleEndian.PutUint16(random[8:], uint16(rand.Uint32()))
	return raw.NewReceipt(s.receivedAt, random)
}

// newEventID is the id that weir gives to the index-th envelope of a request.
func newEventID(r raw.ReceiptID, index int) envelope.EventID {
	return envelope.NewEventID(r.Derive(index, "event_id"))
}

// makeEnvelope returns an envelope of the request's metadata alone, with one or more items (edge 4.3, last paragraph).
func (s *sender) makeEnvelope(id envelope.EventID, items ...envelope.Item) *envelope.Envelope {
	e := &envelope.Envelope{Header: envelope.Header{EventID: id, Version: maxVersion}, Items: items}
	_ = envelope.Merge(&e.Header, s.Request) // an empty header agrees with every request
	return e
}
