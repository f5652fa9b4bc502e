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
	"sync/atomic"
	"time"

	"weir/codecs/delivery"
	"weir/codecs/envelope"
	"weir/codecs/signature"
)

// Sender sends envelopes. It is safe for concurrent use.
type Sender struct {
	link     *Link
	client   *Client
	signer   *Signer
	encoding Encoding
	own      chan struct{} // slots of envelopes for upstreams of projects' own: one that is dead leaves others room
	passed   atomic.Uint64
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
	return &Sender{link: link, client: client, signer: signer, encoding: encoding, own: make(chan struct{}, max(1, cap(link.slots)/4))}
}

// lastWords is how long an attempt goes on after its context has ended: what is answered by then is not sent again, and an upstream that
// does not answer holds up no stop.
const lastWords = time.Second

// slowest is the rate in bytes a second that an envelope gets beyond http.timeout.
const slowest = 256 << 10

// Send makes one attempt (edge 12.9). It waits, as long as ctx allows, while the upstream is away or does not know us; an attempt that has
// begun goes on for a second then. An error says that the upstream has not answered.
func (s *Sender) Send(ctx context.Context, e delivery.Envelope) (delivery.Answer, error) {
	if !visible(string(e.Key)) {
		return delivery.Answer{Status: http.StatusUnauthorized}, nil // no header can carry such a key: it is nobody's, and trying again would not change that
	}
	body, err := s.encoding.encode(e.Body)
	if err != nil {
		return delivery.Answer{}, fmt.Errorf("send envelope: %w", err)
	}
	base, own := s.target(&e)
	leave, err := s.ready(ctx, own)
	if err != nil {
		return delivery.Answer{}, fmt.Errorf("send envelope: %w", err)
	}
	defer leave()
	attempt, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.link.cfg.timeout()+time.Duration(len(body))*time.Second/slowest)
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastWords, cancel) })()
	req, err := s.request(attempt, base, &e, body)
	if err != nil {
		return delivery.Answer{}, fmt.Errorf("send envelope: %w", err)
	}
	resp, err := s.link.attempt(req)
	s.link.note(err, own || e.Suspect && err != nil)
	if err != nil {
		if e.Suspect && !own {
			s.link.check()
		}
		return delivery.Answer{}, fmt.Errorf("send envelope: %w", err)
	}
	if !own {
		s.passed.Add(1)
	}
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16)) // the status says it all
	_ = resp.Body.Close()
	if resp.StatusCode == http.StatusForbidden && s.client != nil && !own {
		if err := s.client.judge(resp.StatusCode, answer); errors.Is(err, ErrDenied) {
			return delivery.Answer{}, fmt.Errorf("send envelope: %w", err)
		}
	}
	return delivery.Answer{Status: resp.StatusCode, RateLimits: strings.Join(resp.Header["X-Sentry-Rate-Limits"], ", "), RetryAfter: resp.Header.Get("Retry-After")}, nil
}

// target is the upstream of an envelope, without a slash at its end; own says that it is that of its project alone.
func (s *Sender) target(e *delivery.Envelope) (base string, own bool) {
	usual := s.link.cfg.base()
	if e.Upstream == "" {
		return usual, false
	}
	if _, err := origin(e.Upstream); err != nil {
		return usual, false
	}
	base = strings.TrimSuffix(e.Upstream, "/")
	return base, base != usual
}

// ready takes a slot when the upstream is there and knows us, and returns how to leave it. What goes elsewhere does not wait for an upstream
// that is away.
func (s *Sender) ready(ctx context.Context, own bool) (leave func(), err error) {
	if own {
		if err := take(ctx, s.own); err != nil {
			return nil, err
		}
		defer func() {
			if err != nil {
				<-s.own
			}
		}()
	}
	for {
		if !own {
			if err := s.link.wait(ctx); err != nil {
				return nil, err
			}
		}
		if s.client != nil {
			if err := s.client.waitForGood(ctx); err != nil {
				return nil, err
			}
		}
		if err := take(ctx, s.link.slots); err != nil {
			return nil, err
		}
		switch {
		case own:
			return func() { <-s.link.slots; <-s.own }, nil
		case s.link.Outage().IsZero():
			return func() { <-s.link.slots }, nil
		}
		<-s.link.slots // it went away while this one waited
	}
}

func take(ctx context.Context, slots chan<- struct{}) error {
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Pause returns when a failed attempt is to be repeated.
func (s *Sender) Pause(ctx context.Context) error { return s.link.Pause(ctx) }

// Signs says what has been heard of the usual upstream.
func (s *Sender) Signs() delivery.Signs {
	return delivery.Signs{Answers: s.link.answers(), Passed: s.passed.Load()}
}

func (s *Sender) request(ctx context.Context, base string, e *delivery.Envelope, body []byte) (*http.Request, error) {
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
