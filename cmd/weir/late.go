package main

import (
	"context"
	"path"
	"sync/atomic"

	"weir/codecs/dsn"
	"weir/topologies/projects"
	"weir/topologies/projects/files"
)

const lateProjectName = "45"

// lateProject is a source that knows one key and says "pending" until it is opened: an upstream that takes its time.
type lateProject struct{ open atomic.Bool }

// Name implements projects.Source.
func (l *lateProject) Name() string { return "demo" }

// Fetch implements projects.Source.
func (l *lateProject) Fetch(_ context.Context, reqs []projects.Request) (map[dsn.PublicKey]projects.Answer, error) {
	content, err := demoProjects.ReadFile(path.Join("demo/projects", lateProjectName+".json"))
	if err != nil {
		return nil, err
	}
	states, err := files.Split(lateProjectName, content)
	if err != nil {
		return nil, err
	}
	out := map[dsn.PublicKey]projects.Answer{}
	for _, r := range reqs {
		switch state, ok := states[r.Key]; {
		case !ok:
		case l.open.Load():
			out[r.Key] = projects.Answer{Kind: projects.Found, State: state}
		default:
			out[r.Key] = projects.Answer{Kind: projects.Pending}
		}
	}
	return out, nil
}
