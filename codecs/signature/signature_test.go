package signature

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"weir/codecs/casefile"
)

type vectors struct {
	Keys struct {
		Secret string `json:"secret_key"`
		Long   string `json:"secret_key_long_form"`
		Public string `json:"public_key"`
	} `json:"keys"`
	KeyParse []struct{ Text, Error string } `json:"key_parse"`
	Sigs     []struct {
		Name      string
		Header    string `json:"header_json"`
		Data      string
		Signature string
		Valid     bool `json:"valid_with_unlimited_max_age"`
	} `json:"signatures"`
	Handshake struct {
		ChallengeBody string `json:"challenge_request_body"`
		ChallengeSig  string `json:"challenge_request_signature"`
		ResponseBody  string `json:"response_request_body"`
		ResponseSig   string `json:"response_request_signature"`
	}
}

func load(t testing.TB) (v vectors) {
	casefile.JSON(t, "testdata/edge-auth-vectors.json", &v)
	return v
}

var signedAt = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

func TestKeys(t *testing.T) {
	v := load(t)
	for _, text := range []string{v.Keys.Secret, v.Keys.Long} {
		k, err := ParseSecretKey(text)
		if err != nil {
			t.Fatal(err)
		}
		if k.Text() != v.Keys.Secret || k.Public().String() != v.Keys.Public {
			t.Errorf("key %s prints as %s, public %s", text, k.Text(), k.Public())
		}
		if strings.Contains(k.String(), k.Text()) {
			t.Error("String shows the secret")
		}
	}
	for _, c := range v.KeyParse {
		want := map[string]error{"bad encoding": ErrKeyEncoding, "bad key": ErrKeyData}[c.Error]
		if _, err := ParseSecretKey(c.Text); !errors.Is(err, want) {
			t.Errorf("secret %q: %v, want %v", c.Text, err, want)
		}
		if _, err := ParsePublicKey(c.Text); !errors.Is(err, want) {
			t.Errorf("public %q: %v, want %v", c.Text, err, want)
		}
	}
	flipped := []byte(v.Keys.Long)
	flipped[len(flipped)-2] ^= 1
	if _, err := ParseSecretKey(string(flipped)); err == nil {
		t.Error("a long form whose halves differ is accepted")
	}
}

func TestKeysPEM(t *testing.T) {
	v := load(t)
	k, err := ParseSecretKey(v.Keys.Secret)
	if err != nil {
		t.Fatal(err)
	}
	der, _ := x509.MarshalPKCS8PrivateKey(k.key)
	fromPEM, err := ParseSecretKey(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	if err != nil || fromPEM.Text() != k.Text() {
		t.Errorf("PKCS #8: %v", err)
	}
	der, _ = x509.MarshalPKIXPublicKey(k.key.Public())
	pub, err := ParsePublicKey(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	if err != nil || pub != k.Public() {
		t.Errorf("SPKI: %v", err)
	}
	if _, err := ParsePublicKey("-----BEGIN PUBLIC KEY-----\n!!\n"); !errors.Is(err, ErrKeyEncoding) {
		t.Errorf("broken PEM: %v", err)
	}
}

func TestSignatures(t *testing.T) {
	v := load(t)
	key, err := ParsePublicKey(v.Keys.Public)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range v.Sigs {
		// The time of the vectors is long past or far ahead; only "future" depends on now.
		if err := key.Verify(c.Signature, []byte(c.Data), signedAt, 0); (err == nil) != c.Valid {
			t.Errorf("%s: %v, want valid %v", c.Name, err, c.Valid)
		}
	}
	for body, sig := range map[string]string{v.Handshake.ChallengeBody: v.Handshake.ChallengeSig, v.Handshake.ResponseBody: v.Handshake.ResponseSig} {
		if err := key.Verify(sig, []byte(body), signedAt, time.Minute); err != nil {
			t.Errorf("handshake: %v", err)
		}
	}
}

func TestSignMatchesVectors(t *testing.T) {
	v := load(t)
	k, _ := ParseSecretKey(v.Keys.Secret)
	for _, c := range v.Sigs {
		if c.Name == "v0-default" || c.Name == "v0-empty" {
			if got := k.Sign([]byte(c.Data), signedAt); got != c.Signature {
				t.Errorf("%s: %s", c.Name, got)
			}
		}
	}
	nanos := signedAt.Add(123456789)
	if err := k.Public().Verify(k.Sign([]byte("x"), nanos), []byte("x"), nanos, time.Nanosecond); err != nil {
		t.Error(err)
	}
}

func TestAge(t *testing.T) {
	v := load(t)
	k, _ := ParseSecretKey(v.Keys.Secret)
	text := k.Sign(nil, signedAt)
	for _, c := range []struct {
		after, max time.Duration
		want       error
	}{
		{0, time.Minute, nil},
		{time.Minute, time.Minute, nil},
		{time.Minute + 1, time.Minute, ErrPast},
		{time.Hour, 0, nil},
		{-MaxAhead, time.Minute, nil},
		{-MaxAhead - 1, time.Minute, ErrFuture},
		{-MaxAhead - 1, 0, ErrFuture},
	} {
		if err := k.Public().Verify(text, nil, signedAt.Add(c.after), c.max); !errors.Is(err, c.want) {
			t.Errorf("%v after, max %v: %v, want %v", c.after, c.max, err, c.want)
		}
	}
	if err := k.Public().Verify(text, []byte("other"), signedAt, 0); !errors.Is(err, ErrInvalid) {
		t.Errorf("other data: %v", err)
	}
	other, err := NewSecretKey(bytes.NewReader(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Public().Verify(text, nil, signedAt, 0); !errors.Is(err, ErrInvalid) {
		t.Errorf("other key: %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	v := load(f)
	k, _ := ParseSecretKey(v.Keys.Secret)
	for _, c := range v.Sigs {
		f.Add(c.Signature, []byte(c.Data))
	}
	f.Fuzz(func(t *testing.T, text string, data []byte) {
		if k.Public().Verify(text, data, signedAt, 0) == nil && k.Public().Verify(text, append(data, 0), signedAt, 0) == nil {
			t.Fatal("one signature over two texts")
		}
	})
}
