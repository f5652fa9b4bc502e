package projects

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"weir/codecs/dsn"
)

// Source answers for keys. Fetch may be called concurrently. A key that is missing in the answer is asked from the next
// source; missing in all of them means that the key does not exist (Disabled). An error of the last source is a failed
// request: all keys are asked again after a back-off; an error of another one is logged and its keys go on.
type Source interface {
	Name() string
	Fetch(ctx context.Context, reqs []Request) (map[dsn.PublicKey]Answer, error)
}

// GlobalSource is a Source that also has the global config. ok is false while it has none yet (pipeline 3.8).
type GlobalSource interface {
	Source
	Global(ctx context.Context) (state []byte, ok bool, err error)
}

// Pusher is a Source that knows all its keys and when they change. Its rows never expire.
type Pusher interface {
	Source
	// States returns all keys with their states, as compact JSON.
	States() map[dsn.PublicKey][]byte
	// Changed receives when States may give something else. It is never closed.
	Changed() <-chan struct{}
	// Run watches for changes until ctx ends.
	Run(ctx context.Context) error
}

// Request asks for one key.
type Request struct {
	Key    dsn.PublicKey
	Rev    string
	HasRev bool // Rev is known; a missing revision equals none (pipeline 3.1)
}

// Kind is the form of an Answer.
type Kind uint8

// The kinds of answers (pipeline 3.1, 3.6).
const (
	Found     Kind = iota // State holds the project state
	Missing               // the source knows that there is no such key
	Pending               // the source will know later
	Unchanged             // the revision of the request is still current
)

// Answer is what a source says about one key.
type Answer struct {
	Kind   Kind
	State  []byte // JSON of pipeline 3.1, with Found
	Source string // filled in by the group
}

// resolve asks the sources in order. The answers hold for their keys even when err is not nil, which means that the
// last source failed for all others.
func resolve(ctx context.Context, log *slog.Logger, sources []Source, reqs []Request) (map[dsn.PublicKey]Answer, error) {
	got := make(map[dsn.PublicKey]Answer, len(reqs))
	left := reqs
	for i, s := range sources {
		last := i == len(sources)-1
		answers, err := s.Fetch(ctx, left)
		if err != nil {
			err = fmt.Errorf("fetch %d project states from %s: %w", len(left), s.Name(), err)
			if last {
				return got, err
			}
			if !errors.Is(err, context.Canceled) {
				log.Error("project source failed, asking the next one", "source", s.Name(), "keys", len(left), "error", err)
			}
			continue
		}
		var next []Request
		for _, r := range left {
			a, ok := answers[r.Key]
			if !ok || a.Kind == Pending && !last {
				next = append(next, r)
				continue
			}
			a.Source = s.Name()
			got[r.Key] = a
		}
		if left = next; len(left) == 0 {
			return got, nil
		}
	}
	for _, r := range left {
		got[r.Key] = Answer{Kind: Missing, Source: SourceNone}
	}
	return got, nil
}
