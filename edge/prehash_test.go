package edge_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha512"
)

// prehash is what v1 signatures sign.
func prehash(msg []byte) ([]byte, ed25519.Options) {
	sum := sha512.Sum512(msg)
	return sum[:], ed25519.Options{Hash: crypto.SHA512}
}
