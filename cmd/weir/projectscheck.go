package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/processors/scrub"
	"weir/topologies/projects/files"
)

// projectFiles lists the JSON files that paths name.
func projectFiles(paths []string) (list []string, err error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			list = append(list, path)
			continue
		}
		found, err := filepath.Glob(filepath.Join(path, "*.json"))
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s has no *.json", path)
		}
		list = append(list, found...)
	}
	return list, nil
}

// readProject returns the states of a file by key.
func readProject(path string) (map[dsn.PublicKey][]byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return files.Split(strings.TrimSuffix(filepath.Base(path), ".json"), content)
}

// finding is one line of `weir projects check`.
type finding struct {
	File  string `json:"file"`
	Key   string `json:"key,omitempty"`
	Level string `json:"level"` // error: the file is not used; warning: a part of it is not
	Text  string `json:"text"`
}

func checkProjects(w *world, paths []string, asJSON bool) error {
	if len(paths) == 0 {
		return usagef("projects check: which files?")
	}
	list, err := projectFiles(paths)
	if err != nil {
		return fmt.Errorf("projects check: %w", err)
	}
	findings, keys, bad := []finding{}, map[dsn.PublicKey]string{}, 0
	for _, path := range list {
		found := lintProject(path, keys)
		if slices.ContainsFunc(found, func(f finding) bool { return f.Level == "error" }) {
			bad++
		}
		findings = append(findings, found...)
	}
	if asJSON {
		err = json.NewEncoder(w.stdout).Encode(findings)
	} else {
		for _, f := range findings {
			fmt.Fprintf(w.stdout, "%-7s  %s  %s\n", f.Level, strings.TrimSpace(f.File+" "+f.Key), f.Text)
		}
		_, err = fmt.Fprintf(w.stdout, "%d files, %d keys, %d files cannot be used\n", len(list), len(keys), bad)
	}
	if err == nil && bad > 0 {
		err = errSaid
	}
	return err
}

// lintProject looks at one file; keys has those of the files before it.
func lintProject(path string, keys map[dsn.PublicKey]string) (found []finding) {
	states, err := readProject(path)
	if err != nil {
		return []finding{{File: path, Level: "error", Text: err.Error()}}
	}
	for key, text := range states {
		if other, ok := keys[key]; ok {
			found = append(found, finding{path, string(key), "warning", "the key is that of " + other + " too; the first file by name holds"})
			continue
		}
		keys[key] = path
		state, err := project.Parse(text)
		if err == nil {
			err = scrub.Check(state)
		}
		if err != nil {
			found = append(found, finding{path, string(key), "error", err.Error()})
			continue
		}
		for _, text := range state.Warnings() {
			found = append(found, finding{path, string(key), "warning", text})
		}
	}
	slices.SortFunc(found, func(a, b finding) int { return strings.Compare(a.Key+a.Text, b.Key+b.Text) })
	return found
}
