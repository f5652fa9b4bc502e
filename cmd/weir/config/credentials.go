package config

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Credentials are the identity of this relay, as texts of credentials.json (edge 12.1).
type Credentials struct {
	SecretKey string `json:"secret_key"`
	PublicKey string `json:"public_key"`
	ID        string `json:"id"`
}

// credentials reads DIR/credentials.json and lets environment and flags replace single parts; without a file, all three or none.
func (l *loader) credentials(src Source) {
	var c Credentials
	found := false
	if src.Dir != "" {
		path := filepath.Join(src.Dir, "credentials.json")
		b, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			l.fail("credentials: %w", err)
		default:
			found = true
			if err := json.Unmarshal(b, &c); err != nil {
				l.fail("credentials: %s: %w", path, err)
				return
			}
		}
	}
	parts := 0
	for _, p := range []struct {
		env, flag string
		to        *string
	}{
		{"RELAY_SECRET_KEY", "credentials.secret_key", &c.SecretKey},
		{"RELAY_PUBLIC_KEY", "credentials.public_key", &c.PublicKey},
		{"RELAY_ID", "credentials.id", &c.ID},
	} {
		v := l.env[p.env]
		if f := src.Flags[p.flag]; f != "" {
			v = f
		}
		if v != "" {
			*p.to = v
			parts++
		}
	}
	switch {
	case !found && parts == 0:
	case !found && parts < 3:
		l.fail("credentials: secret key, public key and id are needed together (RELAY_SECRET_KEY, RELAY_PUBLIC_KEY, RELAY_ID or --secret-key, --public-key, --id)")
	case c.SecretKey == "" || c.PublicKey == "" || c.ID == "":
		l.fail("credentials: credentials.json lacks secret_key, public_key or id")
	default:
		l.cfg.Credentials = &c
	}
}
