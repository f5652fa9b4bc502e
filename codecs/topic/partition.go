package topic

import "hash/crc32"

// FNVPartition is the partition of a key on weir's own topics: 32-bit FNV-1a, its absolute value as a signed number, modulo n, as
// goka's default hasher with sarama's hash partitioner does it. n must be positive. Emitter, processor and view must agree.
func FNVPartition(key []byte, n int) int {
	const offset, prime = 2166136261, 16777619
	h := uint32(offset)
	for _, c := range key {
		h = (h ^ uint32(c)) * prime
	}
	p := int32(h) % int32(n)
	if p < 0 {
		p = -p
	}
	return int(p)
}

// CRCPartition is the partition of a key on the operator's topics: CRC32 (IEEE) modulo n, librdkafka's consistent_random for keys that are
// not empty (pipeline 9.2). n must be positive.
func CRCPartition(key []byte, n int) int {
	return int(crc32.ChecksumIEEE(key) % uint32(n))
}
