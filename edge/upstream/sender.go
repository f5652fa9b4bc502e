package upstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/signature"
)

// Envelope is one envelope for the upstream.
type Envelope struct {
	Key      dsn.PublicKey
	Project  dsn.ProjectID
	Header   *envelope.Header
	Body     []byte // the whole envelope
	Upstream string // of the project, an origin URL; empty: the usual one
}

// EnvelopeAnswer is what the upstream said about an envelope that it has got (edge 12.9).
type EnvelopeAnswer struct {
	Status     int
	RateLimits string // all X-Sentry-Rate-Limits lines, joined by commas
	RetryAfter string
}

// Sender sends envelopes. It is safe for concurrent use.
type Sender struct {
	link     *Link
	client   *Client
	signer   *Signer
	encoding Encoding
}

// Signer is whom envelopes come from.
type Signer struct {
	ID     envelope.EventID
	Secret signature.SecretKey
	Now    func() time.Time
}

// NewSender returns a sender. client signs and says whether the upstream knows us. Without one, in proxy mode, nobody has to: envelopes are
// signed by signer, if there is one.
func NewSender(link *Link, client *Client, signer *Signer, encoding Encoding) *Sender {
	if client != nil {
		signer = &Signer{ID: client.cfg.ID, Secret: client.cfg.Secret, Now: client.cfg.Now}
	}
	return &Sender{link: link, client: client, signer: signer, encoding: encoding}
}

// lastWords is how long an attempt goes on after its context has ended: what is answered by then is not sent again, and an upstream that
// does not answer holds up no stop.
const lastWords = time.Second

// slowest is the rate in bytes a second that an envelope gets beyond http.timeout.
const slowest = 256 << 10

// Send makes one attempt (edge 12.9). It waits, as long as ctx allows, while the upstream is away or does not know us; an attempt that has
// begun goes on for a second then. An error says that the upstream has not answered.
func (s *Sender) Send(ctx context.Context, e Envelope) (EnvelopeAnswer, error) {
	if !visible(string(e.Key)) {
		return EnvelopeAnswer{Status: http.StatusUnauthorized}, nil // no header can carry such a key: it is nobody's, and trying again would not change that
	}
	body, err := s.encoding.encode(e.Body)
	if err != nil {
		return EnvelopeAnswer{}, fmt.Errorf("send envelope: %w", err)
	}
	if err := s.ready(ctx); err != nil {
		return EnvelopeAnswer{}, fmt.Errorf("send envelope: %w", err)
	}
	defer func() { <-s.link.slots }()
	attempt, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.link.cfg.timeout()+time.Duration(len(body))*time.Second/slowest)
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastWords, cancel) })()
	req, err := s.request(attempt, &e, body)
	if err != nil {
		return EnvelopeAnswer{}, fmt.Errorf("send envelope: %w", err)
	}
	resp, err := s.link.do(req)
	if err != nil {
		return EnvelopeAnswer{}, fmt.Errorf("send envelope: %w", err)
	}
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16)) // the status says it all
	_ = resp.Body.Close()
	if resp.StatusCode == http.StatusForbidden && s.client != nil {
		if err := s.client.judge(resp.StatusCode, answer); errors.Is(err, ErrDenied) {
			return EnvelopeAnswer{}, fmt.Errorf("send envelope: %w", err)
		}
	}
	return EnvelopeAnswer{Status: resp.StatusCode, RateLimits: strings.Join(resp.Header["X-Sentry-Rate-Limits"], ", "), RetryAfter: resp.Header.Get("Retry-After")}, nil
}

// ready takes a slot when the upstream is there and knows us.
func (s *Sender) ready(ctx context.Context) error {
	for {
		if err := s.link.wait(ctx); err != nil {
			return err
		}
		if s.client != nil {
			if err := s.client.waitForGood(ctx); err != nil {
				return err
			}
		}
		select {
		case s.link.slots <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		if s.link.Outage().IsZero() {
			return nil
		}
		<-s.link.slots // it went away while this one waited
	}
}

// Pause returns when a failed attempt is to be repeated, and whether the upstream has answered to somebody since it last failed to.
func (s *Sender) Pause(ctx context.Context) (answers bool, err error) {
	err = s.link.Pause(ctx)
	return s.link.answers(), err
}

func (s *Sender) request(ctx context.Context, e *Envelope, body []byte) (*http.Request, error) {
	base := s.link.cfg.base()
	if e.Upstream != "" {
		if _, err := origin(e.Upstream); err == nil {
			base = strings.TrimSuffix(e.Upstream, "/")
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/api/"+e.Project.String()+"/envelope/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	h, head := req.Header, e.Header
	h.Set("Content-Type", "application/x-sentry-envelope")
	if name := s.encoding.header(); name != "" {
		h.Set("Content-Encoding", name)
	}
	auth := append(append(append(make([]byte, 0, 128), "Sentry sentry_key="...), e.Key...), ", sentry_version="...)
	auth = strconv.AppendUint(auth, uint64(head.Version), 10)
	if head.Client != "" && visible(head.Client) {
		auth = append(append(auth, ", sentry_client="...), head.Client...)
	}
	h["X-Sentry-Auth"] = []string{string(auth)}
	set := func(name, value string) {
		if value != "" && visible(value) {
			h[name] = []string{value}
		}
	}
	set("X-Forwarded-For", head.ForwardedFor)
	set("Origin", head.Origin)
	h["User-Agent"] = []string{""} // none, rather than Go's or ours
	set("User-Agent", head.UserAgent)
	if who := s.signer; who != nil {
		h["X-Sentry-Relay-Id"] = []string{who.ID.Hyphenated()}
		h["X-Sentry-Relay-Signature"] = []string{who.Secret.Sign(nil, who.Now())}
	}
	return req, nil
}

// visible reports whether a text can be a header value.
func visible(s string) bool {
	for i := range len(s) {
		if s[i] == 0x7F || s[i] < ' ' && s[i] != '\t' {
			return false
		}
	}
	return true
}
