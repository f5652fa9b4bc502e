package event

// manyKeys is the number of keys from which duplicates are found with a map.
const manyKeys = 16

// keyBit maps a key to one of 64 bits; equal keys have equal bits.
func keyBit(key string) uint64 {
	n := len(key)
	if n == 0 {
		return 1
	}
	return 1 << ((uint32(n)*7 ^ uint32(key[0])*5 ^ uint32(key[n-1])*11 ^ uint32(key[n/2])*3) & 63)
}

// dedupe keeps the last value of equal keys, at the place of the first.
func (p *parser) dedupe(kids []Member) []Member {
	if len(kids) > manyKeys {
		return p.dedupeMany(kids)
	}
	for i := 1; i < len(kids); i++ {
		for j := range i {
			if kids[j].Key == kids[i].Key {
				kids[j].Value = kids[i].Value
				kids = append(kids[:i], kids[i+1:]...)
				i--
				break
			}
		}
	}
	return kids
}

func (p *parser) dedupeMany(kids []Member) []Member {
	if p.seen == nil {
		p.seen = make(map[string]int32)
	}
	n := int32(0)
	for _, m := range kids {
		if j, ok := p.seen[m.Key]; ok {
			kids[j].Value = m.Value
			continue
		}
		p.seen[m.Key] = n
		kids[n] = m
		n++
	}
	clear(p.seen)
	return kids[:n]
}
