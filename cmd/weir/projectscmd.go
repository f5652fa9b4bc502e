package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/topologies/kafka/producer"
	"weir/topologies/projects"
)

func projectsCommand(w *world) *cli.Command {
	asJSON := &cli.BoolFlag{Name: "json", Usage: "print JSON"}
	return &cli.Command{
		Name:  "projects",
		Usage: "the project configs that the pipeline knows: list, show, check files, push",
		Subcommands: []*cli.Command{
			{
				Name: "list", Usage: "every key with its state, source and age", Flags: append(configFlags(), asJSON),
				Description: "Examples:\n\n   weir projects list --config /etc/weir\n   weir projects list --config /etc/weir --json",
				Action: func(c *cli.Context) error {
					return withProjects(w, c, func(_ context.Context, v *projects.View) error {
						return listProjects(w, v, c.Bool("json"))
					})
				},
			},
			{
				Name: "show", Usage: "the whole state of a key", ArgsUsage: "KEY", Flags: configFlags(),
				Description: "Prints the state as JSON; @global is the global config. Examples:\n\n" +
					"   weir projects show --config /etc/weir a94ae32be2584e0bbd7a4cbb95971fee\n   weir projects show --config /etc/weir @global",
				Action: func(c *cli.Context) error {
					keys := arguments(c)
					if len(keys) != 1 {
						return usagef("projects show: which key? give one, or @global")
					}
					return withProjects(w, c, func(_ context.Context, v *projects.View) error {
						return showProject(w, v, keys[0])
					})
				},
			},
			{
				Name: "check", Usage: "lint files of project states and their PII rules; exit status 1 when one has errors", ArgsUsage: "FILE|DIR...", Flags: []cli.Flag{asJSON},
				Description: "Examples:\n\n   weir projects check /etc/weir/projects\n   weir projects check --json 42.json",
				Action:      func(c *cli.Context) error { return checkProjects(w, arguments(c), c.Bool("json")) },
			},
			{
				Name: "push", Usage: "write states of files into the table; they hold until they are removed", ArgsUsage: "FILE|DIR...|KEY...",
				Flags: append(configFlags(), &cli.BoolFlag{Name: "remove", Usage: "take keys, or the keys of files, out of the table"}),
				Description: "Every edge and processor has them within a second. Of two files with the same key the first by name holds. Examples:\n\n" +
					"   weir projects push --config /etc/weir 42.json\n   weir projects push --config /etc/weir --remove a94ae32be2584e0bbd7a4cbb95971fee",
				Action: func(c *cli.Context) error {
					if len(arguments(c)) == 0 {
						return usagef("projects push: which files? give project states or directories of them, or keys with --remove")
					}
					states, err := projectStates(w.stderr, arguments(c), c.Bool("remove"))
					if err != nil {
						return fmt.Errorf("projects push: %w", err)
					}
					return withProjects(w, c, func(ctx context.Context, v *projects.View) error { return pushProjects(ctx, w, v, states) })
				},
			},
		},
	}
}

// withProjects gives f the view of a cluster's table, complete as of now.
func withProjects(w *world, c *cli.Context, f func(ctx context.Context, v *projects.View) error) error {
	s, err := toolStack(w, c, true)
	if err != nil {
		return err
	}
	if _, err := s.existing(c.Context, operation(c), []string{s.names.ProjectsTable}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Context, startTimeout)
	defer cancel()
	out, err := producer.New(s.cluster, producer.Config{MaxBatch: func(string) int32 { return 10_000_000 }})
	if err != nil {
		return err
	}
	s.services.atStop("writer", out.Close)
	e := s.cfg.Cache
	v, err := projects.NewView(projects.ViewConfig{Cluster: s.cluster, Table: s.names.ProjectsTable, Requests: s.names.ProjectRequests, Out: out, Clock: s.clock, Log: s.log,
		Policy: projects.Policy{Expiry: e.ProjectExpiry.Duration(), Grace: e.ProjectGrace.Duration()}})
	if err != nil {
		return err
	}
	s.services.start("projects table", v.Run)
	if err = v.WaitReady(ctx); err != nil {
		err = fmt.Errorf("%s: read the projects table: %w", operation(c), err)
	} else {
		err = f(ctx, v)
	}
	return errors.Join(err, s.stop())
}

// projectRow is one line of `weir projects list`.
type projectRow struct {
	Key     string        `json:"key"`
	Project dsn.ProjectID `json:"project,omitempty"`
	Slug    string        `json:"slug,omitempty"`
	State   string        `json:"state"` // enabled, disabled
	Use     string        `json:"use"`   // fresh, stale, expired
	Source  string        `json:"source"`
	Rev     string        `json:"rev,omitempty"`
	Updated time.Time     `json:"updated"`
	Bytes   int           `json:"bytes"`
}

var useNames = [...]string{projects.Absent: "expired", projects.Stale: "stale", projects.Fresh: "fresh"}

func listProjects(w *world, v *projects.View, asJSON bool) error {
	rows := []projectRow{}
	v.Each(func(key string, e projects.Entry, use projects.Use) bool {
		row := projectRow{Key: key, State: e.Status.String(), Use: useNames[use], Source: e.Source, Updated: e.Updated.UTC(), Bytes: len(e.State)}
		switch {
		case key == projects.GlobalKey:
			row.State = "global"
		case !projects.IsProject(key):
			return true
		case e.Status == project.Enabled:
			if s, err := project.Parse(e.State); err == nil {
				row.Project, row.Slug, row.Rev = s.Project, s.Slug, s.Rev
			}
		}
		rows = append(rows, row)
		return true
	})
	slices.SortFunc(rows, func(a, b projectRow) int { return strings.Compare(a.Key, b.Key) })
	if asJSON {
		return json.NewEncoder(w.stdout).Encode(rows)
	}
	t := table{head: []string{"KEY", "PROJECT", "STATE", "USE", "SOURCE", "REV", "AGE", "BYTES"}, right: 1<<6 | 1<<7}
	for _, r := range rows {
		name := "-"
		if r.Project != 0 {
			name = strings.TrimSpace(r.Project.String() + " " + r.Slug)
		}
		t.add(r.Key, name, r.State, r.Use, r.Source, orDash(r.Rev), time.Since(r.Updated).Round(time.Second).String(), number(int64(r.Bytes)))
	}
	t.print(w.stdout, paint(isTerminal(w.stdout)))
	_, err := fmt.Fprintf(w.stdout, "%d keys\n", len(rows))
	return err
}

func showProject(w *world, v *projects.View, key string) error {
	e, use, ok := v.Known(key)
	if !ok {
		return fmt.Errorf("projects show: %s is not in the table; nobody has asked for it yet, or nobody uses it any more", key)
	}
	fmt.Fprintf(w.stderr, "%s  %s, from %s, %s old\n", e.Status, useNames[use], e.Source, time.Since(e.Updated).Round(time.Second))
	if e.State == nil {
		return nil
	}
	var text any
	dec := json.NewDecoder(strings.NewReader(string(e.State)))
	dec.UseNumber()
	if err := dec.Decode(&text); err != nil {
		return fmt.Errorf("projects show: %w", err)
	}
	return writeJSON(w.stdout, text)
}

// projectStates reads what is to be written, by key; nil states are to be removed. Of two files with the same key the first one by name
// holds, which is said to w.
func projectStates(w io.Writer, args []string, remove bool) (map[string][]byte, error) {
	out, from := map[string][]byte{}, map[string]string{}
	var paths []string
	for _, arg := range args {
		if _, err := os.Stat(arg); remove && errors.Is(err, fs.ErrNotExist) {
			key, err := dsn.ParsePublicKey(arg)
			if err != nil {
				return nil, fmt.Errorf("%s is neither a file nor a key", arg)
			}
			out[string(key)] = nil
			continue
		}
		paths = append(paths, arg)
	}
	list, err := projectFiles(paths)
	if err != nil {
		return nil, err
	}
	for _, path := range list {
		states, err := readProject(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for _, key := range slices.Sorted(maps.Keys(states)) {
			state, key := states[key], string(key)
			if remove {
				state = nil
			} else if other, ok := from[key]; ok {
				fmt.Fprintf(w, "%s: %s is in %s too; the first file by name holds\n", path, key, other)
				continue
			}
			out[key], from[key] = state, path
		}
	}
	return out, nil
}

func pushProjects(ctx context.Context, w *world, v *projects.View, states map[string][]byte) error {
	keys := slices.Sorted(maps.Keys(states))
	for _, key := range keys {
		if states[key] == nil {
			if e, _, ok := v.Known(key); !ok || e.Source != projects.SourcePushed {
				return fmt.Errorf("projects push: %s is not in the table, or not pushed", key)
			}
		}
	}
	for _, key := range keys {
		state := states[key]
		if err := v.Push(ctx, key, state); err != nil {
			return fmt.Errorf("projects push: %s: %w", key, err)
		}
		what := "pushed "
		if state == nil {
			what = "removed"
		}
		fmt.Fprintf(w.stdout, "%s  %s\n", what, key)
	}
	return nil
}
