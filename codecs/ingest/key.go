package ingest

import (
	"encoding/binary"
	"math/bits"

	"weir/codecs/dsn"
)

// KeyFromUUID is the key of a message with a natural UUID: its 16 bytes, the organization id XORed onto the first eight (pipeline 9.3).
// The nil UUID is none: such a message gets a key by KeyFromCounter.
func KeyFromUUID(id [16]byte, org dsn.OrgID) [16]byte {
	binary.BigEndian.PutUint64(id[:8], binary.BigEndian.Uint64(id[:8])^uint64(org))
	return id
}

// KeyFromCounter is the key of a message without a natural UUID: a big-endian 128-bit number from a 32-bit counter (pipeline 9.3).
func KeyFromCounter(n uint32) [16]byte {
	var key [16]byte
	binary.BigEndian.PutUint32(key[12:], n)
	return key
}

// HeaderReshuffled marks a message whose key was replaced by a counter because of key_rate_limit; its value is "1" (pipeline 9.3).
const HeaderReshuffled = "sentry-reshuffled"

// Shard returns which of n topics a message with this key goes to: the key as a 128-bit number modulo n (pipeline 9.3). n must be positive.
func Shard(key [16]byte, n int) int {
	_, rest := bits.Div64(0, binary.BigEndian.Uint64(key[:8]), uint64(n))
	_, rest = bits.Div64(rest, binary.BigEndian.Uint64(key[8:]), uint64(n))
	return int(rest)
}
