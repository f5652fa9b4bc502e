package table

import (
	"bytes"
	"fmt"
	"sort"
	"sync"

	"github.com/lovoo/goka/storage"
)

// Storage returns a storage builder for group tables. A partition keeps its map for the life of the
// builder, so a rebalance that gives it back only replays what is new. Call Storage anew for every
// goka.NewProcessor: after a failed Run a map may be ahead of its changelog (a value was set but
// its record was never acknowledged), and only a replay into an empty map repairs that.
func Storage() storage.Builder {
	var mu sync.Mutex
	stores := map[string]*store{}
	return func(topic string, part int32) (storage.Storage, error) {
		mu.Lock()
		defer mu.Unlock()
		k := fmt.Sprintf("%s/%d", topic, part)
		if stores[k] == nil {
			stores[k] = &store{m: map[string][]byte{}}
		}
		return stores[k], nil
	}
}

type store struct {
	mu     sync.RWMutex
	m      map[string][]byte
	offset int64
	known  bool
}

func (s *store) Open() error          { return nil }
func (s *store) Close() error         { return nil }
func (s *store) MarkRecovered() error { return nil }

func (s *store) Has(k string) (bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.m[k]
	return ok, nil
}

func (s *store) Get(k string) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.m[k], nil
}

func (s *store) Set(k string, v []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.m[k] = v
	return nil
}

func (s *store) Delete(k string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.m, k)
	return nil
}

func (s *store) GetOffset(def int64) (int64, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if !s.known {
		return def, nil
	}
	return s.offset, nil
}

// SetOffset never goes back: acknowledgements may be reported out of order.
func (s *store) SetOffset(o int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.known || o > s.offset {
		s.offset, s.known = o, true
	}
	return nil
}

func (s *store) Iterator() (storage.Iterator, error) { return s.IteratorWithRange(nil, nil) }

// IteratorWithRange iterates over a sorted copy of the keys in [start, limit).
func (s *store) IteratorWithRange(start, limit []byte) (storage.Iterator, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	it := &iterator{m: map[string][]byte{}, i: -1}
	for k, v := range s.m {
		if bytes.Compare([]byte(k), start) >= 0 && (len(limit) == 0 || bytes.Compare([]byte(k), limit) < 0) {
			it.keys = append(it.keys, k)
			it.m[k] = v
		}
	}
	sort.Strings(it.keys)
	return it, nil
}

type iterator struct {
	keys []string
	m    map[string][]byte
	i    int
}

func (it *iterator) Next() bool             { it.i++; return it.i < len(it.keys) }
func (it *iterator) Err() error             { return nil }
func (it *iterator) Key() []byte            { return []byte(it.keys[it.i]) }
func (it *iterator) Value() ([]byte, error) { return it.m[it.keys[it.i]], nil }
func (it *iterator) Release()               {}
func (it *iterator) Seek(k []byte) bool {
	it.i = sort.SearchStrings(it.keys, string(k)) - 1
	return it.i+1 < len(it.keys)
}
