package projects

import (
	"bytes"
	"context"
	"time"

	"weir/codecs/project"
)

// globals keeps the row of the global config until ctx ends (pipeline 3.8): from the first source that has one, else the
// configured one. The last good one is kept for ever.
func (g *Group) globals(ctx context.Context) {
	var source GlobalSource
	for _, s := range g.cfg.Sources {
		if gs, ok := s.(GlobalSource); ok {
			source = gs
			break
		}
	}
	if source == nil {
		state := g.cfg.Global
		if state == nil {
			state = project.DefaultGlobal().Raw
		}
		g.putGlobal(state, SourceNone)
		return
	}
	failing := false
	for {
		attempt, cancel := context.WithTimeout(ctx, max(g.cfg.GlobalInterval, 30*time.Second))
		state, ok, err := source.Global(attempt)
		cancel()
		if ctx.Err() != nil {
			return
		}
		if err == nil && ok {
			_, err = project.ParseGlobal(state)
		}
		switch {
		case err == nil && ok:
			g.putGlobal(state, source.Name())
		case err != nil && !failing:
			g.cfg.Log.Error("fetch the global config; the last good one stays", "source", source.Name(), "error", err)
		}
		failing = err != nil
		select {
		case <-time.After(g.cfg.GlobalInterval):
		case <-ctx.Done():
			return
		}
	}
}

// putGlobal writes the row when it says something new.
func (g *Group) putGlobal(state []byte, source string) {
	e := Entry{Status: project.Enabled, State: state, Source: source, Updated: g.cfg.Clock()}
	if old, ok := g.cfg.View.rows.Get(GlobalKey); ok && old.Source == source {
		value, err := e.Encode() // compacts the state as the row's was
		if err == nil {
			e, err = DecodeEntry(value)
		}
		if err == nil && bytes.Equal(old.State, e.State) {
			return
		}
	}
	if err := g.write(GlobalKey, e, func(error) {}); err != nil {
		g.cfg.Log.Error("keep the global config", "error", err)
	}
}
