package signature

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"strings"
)

// Errors of ParsePublicKey and ParseSecretKey.
var (
	ErrKeyEncoding = errors.New("bad key encoding") // not unpadded base64url, or a broken PEM block
	ErrKeyData     = errors.New("bad key data")     // decodes to something that is no key
)

// PublicKey is an Ed25519 public key.
type PublicKey [ed25519.PublicKeySize]byte

// SecretKey is an Ed25519 secret key. The zero value is no key.
type SecretKey struct{ key ed25519.PrivateKey }

// ParsePublicKey reads 32 bytes of unpadded base64url, or an SPKI PEM block.
func ParsePublicKey(s string) (PublicKey, error) {
	var k PublicKey
	if block, ok := pemBlock(s); ok {
		parsed, err := x509.ParsePKIXPublicKey(block)
		if err != nil {
			return k, ErrKeyEncoding
		}
		pub, ok := parsed.(ed25519.PublicKey)
		if !ok {
			return k, ErrKeyData
		}
		return PublicKey(pub), nil
	}
	b, err := decode(s)
	if err != nil {
		return k, ErrKeyEncoding
	}
	if len(b) != len(k) {
		return k, ErrKeyData
	}
	return PublicKey(b), nil
}

// String returns the key as 43 characters of unpadded base64url.
func (k PublicKey) String() string { return encode(k[:]) }

// ParseSecretKey reads a 32-byte seed or the 64 bytes of seed and public key as unpadded base64url, or a
// PKCS #8 PEM block.
func ParseSecretKey(s string) (SecretKey, error) {
	if block, ok := pemBlock(s); ok {
		parsed, err := x509.ParsePKCS8PrivateKey(block)
		if err != nil {
			return SecretKey{}, ErrKeyEncoding
		}
		key, ok := parsed.(ed25519.PrivateKey)
		if !ok {
			return SecretKey{}, ErrKeyData
		}
		return SecretKey{key}, nil
	}
	b, err := decode(s)
	if err != nil {
		return SecretKey{}, ErrKeyEncoding
	}
	switch len(b) {
	case ed25519.SeedSize:
		return SecretKey{ed25519.NewKeyFromSeed(b)}, nil
	case ed25519.PrivateKeySize:
		key := ed25519.NewKeyFromSeed(b[:ed25519.SeedSize])
		if !bytes.Equal(key, b) {
			return SecretKey{}, ErrKeyData
		}
		return SecretKey{key}, nil
	}
	return SecretKey{}, ErrKeyData
}

// NewSecretKey makes a key from 32 bytes of rand.
func NewSecretKey(rand io.Reader) (SecretKey, error) {
	var seed [ed25519.SeedSize]byte
	if _, err := io.ReadFull(rand, seed[:]); err != nil {
		return SecretKey{}, err
	}
	return SecretKey{ed25519.NewKeyFromSeed(seed[:])}, nil
}

// IsZero reports whether k is no key.
func (k SecretKey) IsZero() bool { return k.key == nil }

// Public returns the public half.
func (k SecretKey) Public() PublicKey { return PublicKey(k.key.Public().(ed25519.PublicKey)) }

// Text returns the seed as 43 characters of unpadded base64url. It is not called String, so that a key does not
// end up in a log by accident.
func (k SecretKey) Text() string { return encode(k.key.Seed()) }

// String hides the key.
func (k SecretKey) String() string { return "secret key" }

var strict = base64.RawURLEncoding.Strict()

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// decode is strict: encoding/base64 would skip line breaks.
func decode(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, ErrKeyEncoding
	}
	return strict.DecodeString(s)
}

func pemBlock(s string) ([]byte, bool) {
	if !strings.HasPrefix(s, "-----BEGIN ") {
		return nil, false
	}
	block, _ := pem.Decode([]byte(s))
	if block == nil {
		return nil, true // a broken block fails to parse
	}
	return block.Bytes, true
}
