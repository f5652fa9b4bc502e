package upstream

import (
	"errors"
	"log/slog"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/signature"
)

// Config says where the upstream is and who we are. Zero durations mean the defaults of edge-config.tsv.
type Config struct {
	Transport
	ID      envelope.EventID
	Secret  signature.SecretKey
	Version string // told at registration: three numbers

	// Link is shared with others that talk to the same upstream; nil: one of its own, of Transport.
	Link *Link

	MaxRetryInterval time.Duration // http.max_retry_interval; default 60 s
	AuthInterval     time.Duration // http.auth_interval; 0: register once
	MaxAnswer        int64         // bytes of a JSON answer, limits.max_api_payload_size; default 20 MiB

	Now func() time.Time
	Log *slog.Logger
}

// Validate reports what is missing or impossible.
func (c Config) Validate() error {
	var errs []error
	if _, err := origin(c.URL); err != nil {
		errs = append(errs, err)
	}
	if c.ID.IsNil() || c.Secret.IsZero() {
		errs = append(errs, errors.New("upstream: credentials are missing"))
	}
	if _, err := ParseVersion(c.Version); err != nil {
		errs = append(errs, err)
	}
	if c.Timeout < 0 || c.ConnectTimeout < 0 || c.MaxRetryInterval < 0 || c.AuthInterval < 0 || c.MaxAnswer < 0 {
		errs = append(errs, errors.New("upstream: a negative limit"))
	}
	if c.Now == nil || c.Log == nil {
		errs = append(errs, errors.New("upstream: clock or logger is missing"))
	}
	return errors.Join(errs...)
}

func (c Config) defaults() Config {
	if c.MaxRetryInterval == 0 {
		c.MaxRetryInterval = time.Minute
	}
	if c.MaxAnswer == 0 {
		c.MaxAnswer = 20 << 20
	}
	return c
}
