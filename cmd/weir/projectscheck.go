package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"weir/codecs/dsn"
	"weir/codecs/jsontext"
	"weir/codecs/project"
	"weir/processors/scrub"
	"weir/topologies/projects/files"
)

// projectFiles lists the JSON files that paths name, each once, by their names: of two files with the same key the first one holds, as in
// the directory of a configuration.
func projectFiles(paths []string) (list []string, err error) {
	defer func() {
		slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(stem(a), stem(b)) })
		list = slices.Compact(list)
	}()
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			list = append(list, filepath.Clean(path))
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

// stem is a file's name without extension.
func stem(path string) string { return strings.TrimSuffix(filepath.Base(path), ".json") }

// readProject returns the states of a file by key.
func readProject(path string) (map[dsn.PublicKey][]byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return files.Split(stem(path), content)
}

// finding is one line of `weir projects check`.
type finding struct {
	File  string `json:"file"`
	Key   string `json:"key,omitempty"`
	Level string `json:"level"` // error: the file is not used, or a rule that protects data does not run; warning: a part of it does nothing
	Text  string `json:"text"`
	// Of the PII config: the rule or selector it is about, and where it stands in the file, both from 1; 0: not in the file in this form.
	Rule   string `json:"rule,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// place is the file, and where in it.
func (f finding) place() string {
	if f.Line == 0 {
		return f.File
	}
	return fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
}

func checkProjects(w *world, paths []string, asJSON bool) error {
	if len(paths) == 0 {
		return usagef("projects check: which files? give project states or directories of them")
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
			fmt.Fprintf(w.stdout, "%-7s  %s  %s\n", f.Level, strings.TrimSpace(f.place()+" "+f.Key), f.Text)
		}
		_, err = fmt.Fprintf(w.stdout, "%d file%s, %d key%s, %d with errors\n", len(list), plural(len(list)), len(keys), plural(len(keys)), bad)
	}
	if err == nil && bad > 0 {
		err = errSaid
	}
	return err
}

// lintProject looks at one file; keys has those of the files before it.
func lintProject(path string, keys map[dsn.PublicKey]string) (found []finding) {
	found = lintScrubbing(path)
	states, err := readProject(path)
	if err != nil {
		if len(found) == 0 || found[0].Level != "error" { // else that is why, and it has been said
			found = append(found, finding{File: path, Level: "error", Text: err.Error()})
		}
		return found
	}
	for key, text := range states {
		if other, ok := keys[key]; ok {
			found = append(found, finding{File: path, Key: string(key), Level: "warning", Text: "the key is that of " + other + " too; the first file by name holds"})
			continue
		}
		keys[key] = path
		state, err := project.Parse(text)
		if err != nil {
			found = append(found, finding{File: path, Key: string(key), Level: "error", Text: err.Error()})
			continue
		}
		for _, text := range state.Warnings() {
			found = append(found, finding{File: path, Key: string(key), Level: "warning", Text: text})
		}
	}
	slices.SortStableFunc(found, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Text, b.Text))
	})
	return found
}

// lintScrubbing looks at the PII config and the data scrubbing settings of a file. Errors come first.
func lintScrubbing(path string) (found []finding) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil // said by who reads the file
	}
	config, start := member(content, jsontext.SkipSpace(content, 0), "config")
	if config == nil {
		return nil
	}
	pii, at := member(content, start, "piiConfig")
	var settings project.Scrubbing
	if raw, _ := member(content, start, "datascrubbingSettings"); raw != nil {
		if s, err := project.Parse(fmt.Appendf(nil, `{"config":{"datascrubbingSettings":%s}}`, raw)); err == nil {
			settings = s.Config.Scrubbing
		}
	}
	for _, p := range scrub.Problems(pii, settings) {
		f := finding{File: path, Level: "error", Text: p.String(), Rule: p.Rule}
		if p.Warning {
			f.Level = "warning"
		}
		if p.Offset >= 0 {
			before := content[:at+p.Offset]
			f.Text = "piiConfig." + f.Text
			f.Line, f.Column = bytes.Count(before, []byte{'\n'})+1, len(before)-bytes.LastIndexByte(before, '\n')
		}
		found = append(found, f)
	}
	return found
}

// member returns a member of the object that begins at a byte of a JSON text, and where it begins; nil when there is none.
func member(text []byte, at int, name string) (value []byte, start int) {
	r := jsontext.NewReader(text, at)
	for ok := r.Object(); ok && r.More(); {
		same := string(r.Key()) == name
		if v := r.Value(); v != nil && same {
			value, start = v, r.Pos()-len(v)
		}
	}
	return value, start
}
